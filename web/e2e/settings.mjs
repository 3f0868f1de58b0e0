// Settings with much in them: long lists are searched, nothing written is lost by leaving, and a phone begins with the list.
export async function settings({ story, api, page, base, until, expect, look, violations }) {
  await story("a long list in the settings is searched", async () => {
    const made = [];
    for (let i = 0; i < 13; i++) made.push(await api("POST", "/teams", { name: i ? `Crew ${i}` : "Bücher und Noten" }));
    await page.goto(`${base}/settings/teams`);
    const list = page.getByRole("list", { name: "Teams" });
    await list.getByText("Crew 12").waitFor();
    const field = page.getByRole("searchbox", { name: "Search this list" });
    await field.fill("noten buch");
    await list.getByText("Bücher und Noten").waitFor();
    expect((await list.getByRole("listitem").count()) === 1, "rows that do not match are left out");
    await field.fill("nobody");
    await page.getByText("Nothing here matches “nobody”.").waitFor();
    await field.press("Escape");
    await list.getByText("Crew 12").waitFor();
    const found = await violations(page);
    expect(found.length === 0, found.join("\n"));
    await look("settings-search");
    for (const team of made) await api("DELETE", `/teams/${team.id}`);
  });

  await story("what is not saved is asked about before another page takes its place", async () => {
    await page.goto(`${base}/settings/tags`);
    await page.getByRole("link", { name: "General" }).click();
    const name = page.getByLabel("Name", { exact: true });
    const before = await name.inputValue();
    expect(await page.getByRole("button", { name: "Save" }).isDisabled(), "there is nothing to save yet");
    await name.fill(`${before}, the second`);
    await page.getByRole("link", { name: "Tags" }).click();
    const asked = page.getByRole("alertdialog", { name: "Discard what you changed?" });
    await asked.waitFor();
    await look("settings-leave");
    await asked.getByRole("button", { name: "Cancel" }).click();
    await asked.waitFor({ state: "detached" });
    expect((await name.inputValue()) === `${before}, the second`, "it is kept");
    // The way back of the browser asks as well.
    await page.goBack();
    await asked.waitFor();
    await asked.getByRole("button", { name: "Cancel" }).click();
    await asked.waitFor({ state: "detached" });
    await page.getByRole("link", { name: "Tags" }).click();
    await asked.getByRole("button", { name: "Discard" }).click();
    await page.getByRole("heading", { name: "Tags", level: 1 }).waitFor();
    expect((await api("GET", "/me")).workspace.name === before, "nothing was saved");
    await page.goto(`${base}/settings/workspace`);
    await name.fill(`${before}.`);
    await page.getByRole("button", { name: "Save" }).click();
    await until("the new name", async () => (await api("GET", "/me")).workspace.name === `${before}.`);
    await until("nothing more to save", async () => page.getByRole("button", { name: "Save" }).isDisabled());
    await page.getByRole("link", { name: "Tags" }).click();
    await page.getByRole("heading", { name: "Tags", level: 1 }).waitFor();
    await api("PATCH", "/workspace", { name: before });
  });

  await story("on a phone the settings begin with their list, and lead back to it", async () => {
    const size = page.viewportSize();
    await page.setViewportSize({ width: 390, height: 844 });
    await page.goto(`${base}/settings`);
    await page.getByRole("heading", { name: "Settings", level: 1 }).waitFor();
    await look("settings-phone");
    await page.getByRole("link", { name: "Teams" }).click();
    await page.getByRole("heading", { name: "Teams", level: 1 }).waitFor();
    await page.getByRole("link", { name: "Settings" }).first().click();
    await page.getByRole("heading", { name: "Settings", level: 1 }).waitFor();
    // A name without a space is cut, whatever it stands in.
    const long = await api("POST", "/channels", {
      provider: "api",
      name: "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
      configuration: { secret: "long-secret-long-secret-long-secret" },
    });
    await page.goto(`${base}/settings/teams`);
    await page.getByRole("button", { name: "New team" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("Donaudampf").first().waitFor();
    const right = await dialog.locator("fieldset").evaluateAll((all) => Math.max(...all.map((f) => f.getBoundingClientRect().right)));
    expect(right <= 390, `a group of fields ends at ${right}`);
    await look("settings-phone-long");
    await page.keyboard.press("Escape");
    await api("DELETE", `/channels/${long.id}`);
    await page.goto(`${base}/settings`);
    await page.getByRole("heading", { name: "Settings", level: 1 }).waitFor();
    await page.setViewportSize(size);
    await page.getByRole("heading", { name: "Profile", level: 1 }).waitFor();
  });

  await story("what the server refuses is said in the language of the page", async () => {
    const { preferences } = await api("GET", "/me");
    const team = await api("POST", "/teams", { name: "Nachtdienst" });
    await api("PATCH", "/me", { preferences: { ...preferences, language: "de" } });
    await page.goto(`${base}/settings/teams`);
    await page.getByRole("button", { name: "Neue Gruppe" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Bezeichnung", { exact: true }).fill("Nachtdienst");
    await dialog.getByRole("button", { name: "Speichern" }).click();
    await dialog.getByText("Eine Gruppe dieses Namens gibt es schon.").waitFor();
    await look("settings-german-refusal");
    await page.keyboard.press("Escape");
    await api("PATCH", "/me", { preferences: { ...preferences, language: "en" } });
    await api("DELETE", `/teams/${team.id}`);
    await page.goto(`${base}/settings/teams`);
    await page.getByRole("heading", { name: "Teams", level: 1 }).waitFor();
    await api("PATCH", "/me", { preferences });
  });
}
