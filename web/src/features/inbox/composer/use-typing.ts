import { useEffect, useMemo } from "react";
import { api } from "@/api/client";

const EVERY = 3000;

/** Tells the customer's side that an answer is being written, at most every three seconds. */
export class Typing {
  private last = 0;
  private idle: ReturnType<typeof setTimeout> | undefined;

  constructor(private tell: (typing: boolean) => void) {}

  touch(now = Date.now()) {
    clearTimeout(this.idle);
    this.idle = setTimeout(() => this.stop(), 2 * EVERY);
    if (this.last && now - this.last < EVERY) return;
    this.last = now;
    this.tell(true);
  }

  stop() {
    clearTimeout(this.idle);
    if (!this.last) return;
    this.last = 0;
    this.tell(false);
  }
}

export function useTyping(id: string): Typing {
  const typing = useMemo(() => new Typing((on) => void api.post(`/conversations/${id}/typing`, { typing: on }).catch(() => {})), [id]);
  useEffect(() => () => typing.stop(), [typing]);
  return typing;
}
