// A small service for the tests: it answers, and it can be told to log, to fall ill, to hang and to crash.
const http = require("node:http");
let state = "well";
http
  .createServer((request, response) => {
    const url = new URL(request.url, "http://localhost");
    const word = url.searchParams.get("is") ?? "";
    if (url.pathname === "/health" && state === "hanging") return;
    if (url.pathname === "/health") response.statusCode = state === "well" ? 200 : 503;
    if (url.pathname === "/state") state = word;
    if (url.pathname === "/log") console.log(word);
    if (url.pathname === "/error") console.error(word);
    if (url.pathname === "/crash") process.exit(Number(word));
    response.end(`${state}\n`);
  })
  .listen(Number(process.env.PORT), "127.0.0.1", () => console.log(`listening on ${process.env.PORT}`));
