/** Where something opens, as one reads. */
export type Side = "top" | "bottom" | "start" | "end";

export const readsRtl = () => document.documentElement.dir === "rtl";

/** The same as it is measured on the screen. */
export function physical(side: Side | undefined): "top" | "right" | "bottom" | "left" | undefined {
  if (side !== "start" && side !== "end") return side;
  return (side === "start") === readsRtl() ? "right" : "left";
}

/** Which way an arrow key points: on as one reads, or back; null for other keys. */
export function along(key: string): "on" | "back" | null {
  if (key !== "ArrowLeft" && key !== "ArrowRight") return null;
  return (key === "ArrowRight") === readsRtl() ? "back" : "on";
}
