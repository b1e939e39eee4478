-- What wrk sends, and what it tells of the answers: one line of JSON, the last of its output (see wrk.py).
-- Arguments: seconds, method, path, and for orders also body, file of tokens (one a line), prefix of the keys.
-- One thread only: wrk shares the processors with the server it measures.

local ffi = require("ffi")
ffi.cdef [[
    typedef struct { long seconds, nanoseconds; } moment;
    int clock_gettime(int clock, moment *result);
    int getpid(void);
    int kill(int process, int signal);
]]
local REALTIME, SIGINT = 0, 2 -- the same numbers on Linux and macOS
local KEY = "{key}"

local moment = ffi.new("moment")
local function now()
    ffi.C.clock_gettime(REALTIME, moment)
    return tonumber(moment.seconds) + tonumber(moment.nanoseconds) * 1e-9
end

-- Globals, which `done` fetches from the thread.
asked, answered, began, ended = 0, 0, 0, 0
statuses = {}

local seconds, prefix
local requests = {} -- whole ones; those with a key cut in two where it goes

function init(args)
    seconds, prefix = tonumber(args[1]), args[6]
    local method, path, body = args[2], args[3], args[4]
    if not body then
        requests[1] = wrk.format(method, path)
        return
    end
    for token in io.lines(args[5]) do
        local headers = {
            ["Authorization"] = "Bearer " .. token,
            ["Content-Type"] = "application/json",
            ["Idempotency-Key"] = KEY,
        }
        local text = wrk.format(method, path, headers, body)
        local from, to = text:find(KEY, 1, true)
        requests[#requests + 1] = { text:sub(1, from - 1) .. prefix, text:sub(to + 1) }
    end
end

local function over(at)
    return began > 0 and at > began + seconds
end

function request()
    local at = now()
    if over(at) then
        return "" -- nothing is sent any more, so that every request has its answer before wrk ends
    end
    asked = asked + 1
    if asked == 2 then
        began = at -- the first call is wrk's own look at the request, before it connects
    end
    local next_one = requests[asked % #requests + 1]
    return prefix and next_one[1] .. asked .. next_one[2] or next_one
end

function response(status)
    answered = answered + 1
    statuses[status] = (statuses[status] or 0) + 1
    local at = now()
    if over(at) and answered == asked - 1 then
        ended = at
        ffi.C.kill(ffi.C.getpid(), SIGINT) -- as Ctrl-C does: wrk ends now and calls `done`
    end
end

local threads = {}

function setup(thread)
    threads[1] = thread
end

function done(summary, latency)
    local function of_thread(name)
        return threads[1]:get(name)
    end
    local buckets, counts = {}, {}
    for i = 1, #latency do
        buckets[i] = ("[%d,%d]"):format(latency(i))
    end
    for status, count in pairs(of_thread("statuses")) do
        counts[#counts + 1] = ('"%d":%d'):format(status, count)
    end
    local errors = summary.errors
    print(
        ('{"began":%.6f,"ended":%.6f,"unanswered":%d,"broken":%d,"statuses":{%s},"latency_us":[%s]}'):format(
            of_thread("began"),
            of_thread("ended"),
            of_thread("asked") - 1 - of_thread("answered"),
            errors.connect + errors.read + errors.write + errors.timeout,
            table.concat(counts, ","),
            table.concat(buckets, ",")
        )
    )
end
