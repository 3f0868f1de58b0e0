// Another language, chosen by one person: all pages, at once, on every device of theirs.
export async function languages({ story, api, browser, context, page, base, until, expect, look, violations, deliver }) {
  await story("somebody reads everything in German, and has it so on another device", async () => {
    await page.goto(`${base}/settings/profile`);
    await page.getByLabel("Language of the pages").selectOption("de");
    await page.getByRole("heading", { name: "Profil", exact: true }).waitFor();
    expect((await page.evaluate(() => document.documentElement.lang)) === "de", "the page says it is English");
    await until("it to be kept", async () => (await api("GET", "/me")).preferences.language === "de");
    const device = await browser.newContext({
      storageState: { cookies: (await context.storageState()).cookies, origins: [] },
      locale: "en-GB",
      viewport: { width: 1440, height: 900 },
    });
    const p = await device.newPage();
    await p.goto(`${base}/inbox`);
    await p.getByText("Mir zugewiesen").first().waitFor();
    for (const [path, words] of [
      ["/contacts", "Kontakte"],
      ["/journal", "Journal"],
      ["/scheduled", "Geplant"],
      ["/trash", "Papierkorb"],
      ["/settings/people", "Personen"],
      ["/settings/channels", "Kanäle"],
      ["/settings/macros", "Makros"],
      ["/settings/audit", "Prüfprotokoll"],
    ]) {
      await p.goto(`${base}${path}`);
      await p.getByRole("heading", { name: words, exact: true }).first().waitFor();
    }
    const bad = await violations(p);
    await p.setViewportSize({ width: 390, height: 844 });
    await p.goto(`${base}/settings`);
    await p.getByRole("link", { name: "Optionen" }).waitFor();
    const wide = await p.evaluate(() => document.documentElement.scrollWidth > innerWidth);
    await device.close();
    expect(bad.length === 0, bad.join("\n"));
    expect(!wide, "it scrolls sideways on a phone");
    await look("german");
  });

  await story("the words of a day are understood in German", async () => {
    await deliver("m-german", "Guten Tag", "customer-german");
    const c = await until("the conversation", async () => (await api("GET", "/conversations?status=all&limit=5")).data.find((x) => x.contact?.name?.includes("german")));
    await page.goto(`${base}/inbox/${c.id}`);
    await page.getByRole("log").focus();
    await page.keyboard.press("s");
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Wann").fill("übermorgen um 14.30 Uhr");
    await dialog.getByText(/14:30/).first().waitFor();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await page.goto(`${base}/settings/profile`);
    await page.getByLabel("Sprache der Seiten").selectOption("auto");
    await page.getByRole("heading", { name: "Profile", exact: true }).waitFor();
    await until("it to be forgotten", async () => !(await api("GET", "/me")).preferences.language);
  });
}
