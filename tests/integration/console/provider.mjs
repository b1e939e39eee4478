// A real OpenID provider for tests: oidc-provider, with a person at its keyboard whom POST /test/person names, and what
// POST /test/fault says done to the ID tokens, which are signed again afterwards.
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [modules, port, client, secret, callback] = process.argv.slice(2);
const resolve = createRequire(`${modules}/here.js`).resolve;
const { Provider } = await import(pathToFileURL(`${modules}/oidc-provider/lib/index.js`));
const jose = await import(pathToFileURL(resolve("jose")));

const { privateKey } = await jose.generateKeyPair("RS256", { extractable: true });
const key = { ...(await jose.exportJWK(privateKey)), kid: crypto.randomUUID(), alg: "RS256", use: "sig" };
let person = { sub: "1", name: "alice", groups: ["sre"] };
let fault = null;

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{ client_id: client, client_secret: secret, redirect_uris: [callback], post_logout_redirect_uris: [new URL("/login", callback).href] }],
  jwks: { keys: [key] },
  cookies: { keys: ["of the test"] },
  pkce: { required: () => true },
  claims: { openid: ["sub"], profile: ["preferred_username", "groups"], email: ["email"] },
  features: { devInteractions: { enabled: false } },
  interactions: { url: (_ctx, interaction) => `/test/sign-in/${interaction.uid}` },
  findAccount: (_ctx, id) => ({
    accountId: id,
    claims: () => ({ sub: id, preferred_username: person.name, groups: person.groups }),
  }),
  async loadExistingGrant(ctx) {
    const { provider, client, session } = ctx.oidc;
    const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
    grant.addOIDCScope("openid profile email");
    await grant.save();
    return grant;
  },
});

provider.use(async (ctx, next) => {
  await next();
  if (!fault || !ctx.body?.id_token) return;
  const claims = { ...jose.decodeJwt(ctx.body.id_token), ...fault.claims };
  const header = { alg: "RS256", kid: key.kid, ...fault.header };
  ctx.body.id_token = header.alg === "none"
    ? new jose.UnsecuredJWT(claims).encode()
    : await new jose.SignJWT(claims).setProtectedHeader(header).sign(fault.shared ? new TextEncoder().encode(secret) : privateKey);
});

const answer = provider.callback();
createServer(async (request, response) => {
  if (request.url.startsWith("/test/sign-in/")) {
    await provider.interactionFinished(request, response, { login: { accountId: person.sub } });
  } else if (request.url.startsWith("/test/")) {
    let body = "";
    for await (const part of request) body += part;
    if (request.url === "/test/person") person = JSON.parse(body);
    else fault = JSON.parse(body);
    response.end();
  } else answer(request, response);
}).listen(Number(port), "127.0.0.1");
