import { expect, it } from "vitest";
import { buildFrame } from "./build-frame";

it("lets nothing run and loads nothing remote until it is allowed", () => {
  const html = `<p onclick="x()">Hi<script>alert(1)</script><img src="x" onerror="alert(2)"><a href="javascript:alert(3)">a</a><img data-remote-src="https://spy.example/p.png"><style>*{}</style></p>`;
  const { page, blocked } = buildFrame(html, [], false, "Mail");
  expect(page).not.toMatch(/script>|onclick|onerror|javascript:/);
  expect(page).not.toContain(' src="https://spy.example');
  expect(blocked).toBe(true);
  expect(buildFrame(html, [], true, "Mail").page).toContain(' src="https://spy.example/p.png"');
});
it("shows pictures that came along", () => {
  const file = { id: "fil_1", content_id: "logo@x", url: "/api/v1/files/w/f/logo.png?sig=1" } as never;
  const { page, blocked } = buildFrame('<img data-cid="logo@x">', [file], false, "Mail");
  expect(page).toContain("/api/v1/files/w/f/logo.png");
  expect(blocked).toBe(false);
});
