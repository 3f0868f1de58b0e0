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

// Keys of one's own: another map, another key, taken from what had it, and the usual ones again.
export async function keyboard({ story, api, page, base, until, expect, look, violations, deliver }) {
  const preference = async () => (await api("GET", "/me")).preferences.keys;
  const change = (name) => page.getByRole("button", { name: `Change: ${name}` });

  await story("keys are changed by keyboard alone, what they would take is said first, and the help shows what is", async () => {
    await deliver("m-keys", "Which keys?", "customer-keys");
    const c = await until("the conversation", async () => (await api("GET", "/conversations?status=all&limit=5")).data.find((x) => x.contact?.name?.includes("keys")));
    await page.goto(`${base}/settings/keys`);
    await change("Internal note").focus();
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "New keys: Internal note" }).waitFor();
    await page.keyboard.press("Control+t");
    await page.getByText("The browser keeps this key for itself.").waitFor();
    await page.keyboard.press("r");
    await page.getByText("R now does: Reply.").waitFor();
    await look("keys-taken");
    const bad = await violations(page);
    await page.getByRole("button", { name: "Use them here instead" }).click();
    await until("it to be kept", async () => (await preference())?.own?.note === "r");
    await page.goto(`${base}/inbox/${c.id}`);
    await page.getByRole("textbox", { name: "Reply", exact: true }).waitFor();
    await page.getByRole("log").focus();
    await page.keyboard.press("r");
    await page.getByRole("tab", { name: "Internal note", selected: true }).waitFor();
    await page.locator("body").press("Escape");
    await page.getByRole("log").focus();
    await page.keyboard.press("?");
    const row = page.getByRole("dialog").locator("dl > div", { has: page.getByText("Internal note", { exact: true }) });
    await row.locator("kbd").first().waitFor();
    expect((await row.locator("kbd").allTextContents()).join() === "R", "the help shows another key");
    const reply = page.getByRole("dialog").locator("dl > div", { has: page.getByText("Reply", { exact: true }) });
    await reply.getByText("no key").waitFor();
    await page.keyboard.press("Escape");
    expect(bad.length === 0, bad.join("\n"));
  });

  await story("with the map of Alt, keys work while one writes, and letters alone do nothing", async () => {
    await page.goto(`${base}/settings/keys`);
    await page.getByRole("button", { name: "All usual keys again" }).click();
    await page.getByLabel("Keys to begin with").selectOption("alt");
    await until("it to be kept", async () => (await preference())?.map === "alt" && !Object.keys((await preference()).own).length);
    await look("keys");
    await page.getByRole("link", { name: "Inbox" }).first().click();
    const c = (await api("GET", "/conversations?status=all&limit=5")).data.find((x) => x.contact?.name?.includes("keys"));
    await page.goto(`${base}/inbox/${c.id}`);
    const field = page.getByRole("textbox", { name: "Internal note", exact: true }).or(page.getByRole("textbox", { name: "Reply", exact: true }));
    await field.first().click();
    await page.keyboard.press("Alt+c");
    await page.getByRole("tab", { name: "Internal note", selected: true }).waitFor();
    await page.keyboard.press("Alt+r");
    await page.getByRole("tab", { name: "Reply", selected: true }).waitFor();
    expect(
      (await field
        .first()
        .inputValue?.()
        .catch(() => field.first().textContent())) === "",
      "the keys have written",
    );
    await page.getByRole("log").focus();
    await page.keyboard.press("c");
    await page.keyboard.press("Alt+2");
    await page.waitForURL(/contacts/);
    await page.goto(`${base}/settings/keys`);
    await page.getByLabel("Keys to begin with").selectOption("letters");
    await until("the usual ones", async () => !(await preference()));
  });
}
