import { expect, it } from "vitest";
import type { AuditEntry } from "@/api/types";
import { aboutOf } from "./Entry";

const entry = (more: Partial<AuditEntry>) => ({ action: "team.updated", actor: "user:mem_1", subject: "tem_1", ...more }) as AuditEntry;

it("names what an act was done to, and repeats nobody by their id", () => {
  expect(aboutOf(entry({ subject_name: "Sales" }))).toBe("Sales");
  expect(aboutOf(entry({}))).toBe("tem_1");
  expect(aboutOf(entry({ action: "session.opened", subject: "mem_1" }))).toBe("");
  expect(aboutOf(entry({ action: "request", subject: "/views", after: { method: "POST" } as never }))).toBe("POST /views");
});
