import { useOutboxRunner } from "./runner";

/** Stands beside the list, once: what waits is sent whichever conversation is open. */
export function OutboxRunner() {
  useOutboxRunner();
  return null;
}
