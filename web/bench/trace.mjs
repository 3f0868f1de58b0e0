// What the browser's own trace says about each frame: how long script, style and layout took on the page's main thread.

const WORK = new Set([
  "FunctionCall",
  "EvaluateScript",
  "TimerFire",
  "FireAnimationFrame",
  "EventDispatch",
  "RunMicrotasks",
  "v8.callFunction",
  "v8.run",
  "MinorGC",
  "MajorGC",
  "V8.GC_MC_INCREMENTAL",
  "UpdateLayoutTree",
  "Layout",
  "IntersectionObserverController::computeIntersections",
  "ResourceReceivedData",
  "ResourceFinish",
]);
const FRAME = "BeginMainThreadFrame";

/** Records while `act` runs; gives ms of work for each frame. */
export async function framesOf(cdp, act) {
  const events = [];
  const collect = ({ value }) => events.push(...value);
  cdp.on("Tracing.dataCollected", collect);
  const over = new Promise((done) => cdp.once("Tracing.tracingComplete", done));
  await cdp.send("Tracing.start", {
    transferMode: "ReportEvents",
    traceConfig: {
      includedCategories: ["devtools.timeline", "disabled-by-default-devtools.timeline", "disabled-by-default-devtools.timeline.frame", "devtools.timeline.frame", "v8", "blink"],
    },
  });
  await act();
  await cdp.send("Tracing.end");
  await over;
  cdp.off("Tracing.dataCollected", collect);
  return frames(events);
}

export function frames(events) {
  const key = (e) => `${e.pid}.${e.tid}`;
  // The page's main thread is the one with most frames.
  const begins = events.filter((e) => e.name === FRAME);
  const threads = new Map();
  for (const e of begins) threads.set(key(e), (threads.get(key(e)) ?? 0) + 1);
  const main = [...threads].sort((a, b) => b[1] - a[1])[0]?.[0];
  const starts = begins
    .filter((e) => key(e) === main)
    .map((e) => e.ts)
    .sort((a, b) => a - b);
  const work = events.filter((e) => key(e) === main && e.ph === "X" && WORK.has(e.name) && e.dur > 0).sort((a, b) => a.ts - b.ts);
  // One within another counts once. What counts is the thread's own time: the wall clock's is also that of whoever else has the core.
  const merged = [];
  for (const { ts, dur, tdur } of work) {
    const last = merged.at(-1);
    if (last && ts < last.to) continue;
    merged.push({ from: ts, to: ts + dur, cost: tdur ?? dur });
  }
  const all = starts.slice(1).map(() => 0);
  let at = 0;
  for (const { from, cost } of merged) {
    while (at < starts.length - 1 && starts[at + 1] <= from) at++;
    if (from >= (starts[0] ?? 0) && at < all.length) all[at] += cost / 1000;
  }
  return all;
}

export const quantile = (all, q) => {
  const sorted = [...all].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? 0;
};
