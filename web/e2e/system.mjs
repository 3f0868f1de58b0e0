// The system page: health in words, a backup by a click, and room on a phone.
export async function system({ story, api, page, base, until, expect, look, violations }) {
  await story("the system page says how it stands, and takes a backup by a click", async () => {
    const before = (await api("GET", "/system/backups")).data.length;
    await page.goto(`${base}/settings/system`);
    await page.getByRole("heading", { name: "System", exact: true }).waitFor();
    await page.getByText("Everything that came in is in its conversation.").or(page.getByText("could not be read")).first().waitFor();
    const button = page.getByRole("button", { name: "Back up now" });
    await until("a button that is free", async () => button.isEnabled());
    await button.click();
    await until("the backup", async () => {
      const [last] = (await api("GET", "/system/backups")).data;
      return last.reason === "asked" && last.state === "done" && last.new_bytes >= 0;
    });
    expect((await api("GET", "/system/backups")).data.length > before, "a run is noted");
    const rows = page.getByRole("list", { name: "Backups" });
    await rows.getByText("asked for").first().waitFor();
    await rows.getByText("Done").first().waitFor();
    await page.getByText("The last backup is recent.").waitFor();
    await page.getByText("The master key is not in the backups.").waitFor();
    await page.getByText("No job has failed.").waitFor();
    await until("a button that is free again", async () => button.isEnabled());
    const found = await violations(page);
    expect(found.length === 0, found.join("\n"));
    await look("system");
    const size = page.viewportSize();
    await page.setViewportSize({ width: 390, height: 844 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth), "nothing is wider than a phone");
    await look("system-phone");
    await page.setViewportSize(size);
  });
}
