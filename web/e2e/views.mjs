// Filters, saved views, the search's operators and acts on many, as one uses them.
export async function views({ story, page, base, api, deliver, until, expect, look, violations, browser, context }) {
  const rows = page.locator("[data-row]");
  const names = Array.from({ length: 70 }, (_, n) => `bulk-${n}`);

  await story("a filter is built, kept as a view, and counts by itself", async () => {
    await Promise.all(names.map((name, n) => deliver(`${name}-hello`, `Order ${n} of the ${n % 2 ? "blue" : "green"} box`, name)));
    await until("them", async () => (await api("POST", "/conversations/count", { filter: {} })).count >= 70);
    const all = (await api("GET", "/conversations?status=open&limit=100")).data.filter((c) => c.contact.name.startsWith("Name of bulk"));
    expect(all.length === 70, `${all.length} of 70 have come`);
    await api("POST", "/bulk", { act: { do: "set_priority", priority: "urgent" }, ids: all.slice(0, 12).map((c) => c.id) });
    await until("the priority", async () => (await api("POST", "/conversations/count", { filter: { field: "priority", op: "is", value: "urgent" } })).count === 12);
    await page.goto(`${base}/inbox`);
    await rows.first().waitFor();
    await page.getByRole("button", { name: "More filters" }).click();
    await page.getByRole("menuitem", { name: "More conditions…" }).click();
    const dialog = page.getByRole("dialog", { name: "Filter" });
    await dialog.getByRole("button", { name: "Condition" }).last().click();
    // By keyboard alone from here: the focus stands on the new row.
    const field = dialog.getByLabel("Field").last();
    await until("the focus", async () => await field.evaluate((e) => e === document.activeElement));
    await field.selectOption("priority");
    await dialog.getByLabel("How Priority is compared").selectOption("at_least");
    await dialog.getByLabel("Priority", { exact: true }).selectOption("high");
    await dialog.getByText("12 conversations").waitFor();
    await look("filter-builder");
    const wrong = await violations(page);
    expect(!wrong.length, wrong.join("\n"));
    await dialog.getByRole("button", { name: "Save as view" }).click();
    const form = page.getByRole("dialog", { name: "New view" });
    await form.getByRole("button", { name: "Save view" }).click();
    await form.getByText("Give it a name.").waitFor();
    await form.getByLabel("Name", { exact: true }).fill("Pressing");
    await form.getByRole("radio", { name: "Flame" }).check({ force: true });
    await form.getByRole("checkbox", { name: "Number" }).check();
    await look("view-form");
    const bad = await violations(page);
    expect(!bad.length, bad.join("\n"));
    await form.getByLabel("Name", { exact: true }).press("Enter");
    await page.getByRole("heading", { name: /Pressing/ }).waitFor();
    const view = page.getByRole("region", { name: "Saved views" }).getByRole("button", { name: /^Pressing/ });
    await view.getByText("12", { exact: true }).waitFor();
    expect((await rows.count()) === 12, `${await rows.count()} rows`);
    await rows
      .first()
      .getByText(/^#\d+$/)
      .waitFor();
    await look("view");
    // One leaves it, and the figure follows without a reload.
    await api("PATCH", `/conversations/${all[0].id}`, { priority: "low" });
    await view.getByText("11", { exact: true }).waitFor();
    await until("the row to go", async () => (await rows.count()) === 11);
  });

  await story("what is changed on a view says so until it is kept or dropped", async () => {
    await page.getByRole("button", { name: "Order", exact: true }).click();
    await page.getByRole("menuitemcheckbox", { name: "Created" }).click();
    await page.getByText("Changed", { exact: true }).waitFor();
    await look("view-changed");
    await page.getByRole("button", { name: "Discard" }).click();
    await until("nothing to keep", async () => (await page.getByText("Changed", { exact: true }).count()) === 0);
    await page.getByRole("button", { name: /Edit the filter/ }).click();
    const dialog = page.getByRole("dialog", { name: "Filter" });
    await dialog.getByLabel("Priority", { exact: true }).selectOption("urgent");
    await dialog.getByRole("button", { name: "Show", exact: true }).click();
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByText("View saved").waitFor();
    const saved = (await api("GET", "/views")).data[0];
    expect(JSON.stringify(saved.filter).includes('"urgent"'), JSON.stringify(saved.filter));
    // A second one, put before the first by keyboard.
    await page.getByRole("button", { name: "Unassigned" }).click();
    await page.getByRole("log").or(page.getByText("Pick a conversation")).first().waitFor();
    await page.keyboard.press("v");
    const form = page.getByRole("dialog", { name: "New view" });
    await form.getByLabel("Name", { exact: true }).fill("Nobody's");
    await form.getByLabel("Name", { exact: true }).press("Enter");
    const second = page.getByRole("region", { name: "Saved views" }).getByRole("button", { name: /^Nobody's/ });
    await second.waitFor();
    await second.press("Alt+ArrowUp");
    await until("the order", async () => (await api("GET", "/views")).data[0].name === "Nobody's");
    await page.getByRole("button", { name: "View Nobody's" }).click();
    await page.getByRole("menuitem", { name: "Delete" }).click();
    await page.getByText("View “Nobody's” deleted").waitFor();
    await until("it gone", async () => (await api("GET", "/views")).data.length === 1);
  });

  await story("everything a list holds is acted on as one, and put back as one", async () => {
    await page.goto(`${base}/inbox`);
    await rows.first().waitFor();
    const before = (await api("POST", "/conversations/count", { filter: { field: "tags", op: "any_of", value: ["season"] } })).count;
    expect(before === 0, `${before} tagged already`);
    const open = (await api("GET", "/views/counts")).counts.open;
    expect(open > 50, `${open} open`);
    await rows.first().hover();
    await page.getByRole("checkbox").first().click();
    const bar = page.getByRole("toolbar", { name: "Selected conversations" });
    await bar.getByRole("button", { name: "More" }).click();
    await page.getByRole("menuitem", { name: "Select all shown" }).click();
    await page.getByRole("button", { name: `Select all ${open}` }).click();
    await page.getByText(`All ${open} conversations of this list are selected.`).waitFor();
    await look("bulk-all");
    await bar.getByRole("button", { name: "Tag", exact: true }).click();
    await page.getByRole("combobox", { name: "Tag" }).fill("season");
    await page.keyboard.press("Enter");
    await page.getByText(`${open} tagged “season”`).waitFor();
    const tagged = async () => (await api("POST", "/conversations/count", { filter: { field: "tags", op: "any_of", value: ["season"] } })).count;
    expect((await tagged()) === open, `${await tagged()} of ${open} are tagged`);
    await rows.first().getByText("season").waitFor();
    await page.locator("[data-sonner-toast]").getByRole("button", { name: "Undo" }).first().click();
    await page.getByText(`${open} put back`).waitFor();
    expect((await tagged()) === 0, `${await tagged()} are still tagged`);
    await until("the rows to follow", async () => (await rows.first().getByText("season").count()) === 0);
  });

  await story("the search knows operators, completes them, and opens at the message", async () => {
    await page.goto(`${base}/search`);
    const field = page.getByRole("combobox", { name: "Search people and messages" });
    await field.fill("blue sta");
    await page.getByRole("option", { name: /^status:/ }).waitFor();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.getByRole("option", { name: "open" }).waitFor();
    await look("search-completion");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    expect((await field.inputValue()) === "blue status:open ", await field.inputValue());
    const hits = page.locator("[data-hit]");
    await hits.first().waitFor();
    await until("the blue ones", async () => (await hits.count()) === 30 || (await hits.count()) === 35);
    await hits.first().locator("mark", { hasText: "blue" }).first().waitFor();
    await field.fill('"of the blue" from:"bulk-7" ');
    await until("one", async () => (await hits.count()) === 1);
    await look("search-operators");
    const wrong = await violations(page);
    expect(!wrong.length, wrong.join("\n"));
    await page.getByRole("button", { name: "Best first" }).click();
    await page.waitForURL(/sort=relevance/);
    await until("one still", async () => (await hits.count()) === 1);
    await hits.first().click();
    await page.waitForURL(/message=msg_/);
    await page.getByRole("log").getByText("Order 7 of the blue box").waitFor();
  });

  await story("what is kept counts by itself, and all of it is closed and put back as one", async () => {
    const tagged = { field: "tags", op: "any_of", value: ["autumn"] };
    const some = (await api("GET", "/conversations?status=open&limit=100")).data.filter((c) => c.contact.name.startsWith("Name of bulk"));
    const ids = some.slice(0, 7).map((c) => c.id);
    await api("POST", "/bulk", { act: { do: "add_tags", tags: ["autumn"] }, ids: ids.slice(0, 6) });
    await until("the tags", async () => (await api("POST", "/conversations/count", { filter: tagged })).count === 6);
    await page.goto(`${base}/inbox?tag=autumn`);
    await rows.first().waitFor();
    await page.keyboard.press("v");
    const form = page.getByRole("dialog", { name: "New view" });
    await form.getByLabel("Name", { exact: true }).fill("Autumn sale");
    await form.getByLabel("Name", { exact: true }).press("Enter");
    const view = page.getByRole("region", { name: "Saved views" }).getByRole("button", { name: /^Autumn sale/ });
    await view.getByText("6", { exact: true }).waitFor();
    // One more, from elsewhere: figure and list follow without a reload.
    await api("POST", `/conversations/${ids[6]}/tags`, { tags: ["autumn"] });
    await view.getByText("7", { exact: true }).waitFor();
    await until("its row", async () => (await rows.count()) === 7);
    await rows.first().hover();
    await page.getByRole("checkbox").first().click();
    const bar = page.getByRole("toolbar", { name: "Selected conversations" });
    await bar.getByRole("button", { name: "More" }).click();
    await page.getByRole("menuitem", { name: "Select all shown" }).click();
    await bar.getByText("7 selected").waitFor();
    await look("bulk-bar");
    const wrong = await violations(page);
    expect(!wrong.length, wrong.join("\n"));
    await bar.getByRole("button", { name: "Close", exact: true }).click();
    await page.getByText("7 closed").waitFor();
    await until("the view to be empty", async () => (await rows.count()) === 0 && (await view.getByText("7", { exact: true }).count()) === 0);
    expect((await api("POST", "/conversations/count", { filter: { and: [tagged, { field: "status", op: "is", value: "resolved" }] } })).count === 7, "not all are closed");
    await page.locator("[data-sonner-toast]").getByRole("button", { name: "Undo" }).first().click();
    await page.getByText("7 put back").waitFor();
    await view.getByText("7", { exact: true }).waitFor();
    await until("the rows to be back", async () => (await rows.count()) === 7);
    await api("DELETE", `/views/${(await api("GET", "/views")).data.find((v) => v.name === "Autumn sale").id}`);
    await until("the view to go", async () => (await view.count()) === 0);
  });

  await story("filters, views and acts on many fit a phone", async () => {
    const c = await browser.newContext({ viewport: { width: 390, height: 844 }, hasTouch: true, storageState: await context.storageState() });
    const p = await c.newPage();
    const bad = [];
    const check = async (where) => {
      for (const v of await violations(p)) bad.push(`${where} ${v}`);
      if (await p.evaluate(() => document.documentElement.scrollWidth > window.innerWidth)) bad.push(`${where} scrolls sideways`);
      await look.of?.(p, `phone-${where}`);
    };
    const view = (await api("GET", "/views")).data[0];
    await p.goto(`${base}/inbox?view=${view.id}`);
    await p.locator("[data-row]").first().waitFor();
    await check("view");
    await p.getByRole("button", { name: /Edit the filter/ }).click();
    await p.getByRole("dialog", { name: "Filter" }).getByRole("button", { name: "Group" }).click();
    await p.getByText(/\d+ conversations?$/).waitFor();
    await check("builder");
    await p.getByRole("dialog", { name: "Filter" }).getByRole("button", { name: "Save as view" }).click();
    await p.getByRole("dialog", { name: "New view" }).waitFor();
    await check("form");
    await p.keyboard.press("Escape");
    await p.goto(`${base}/search?q=blue`);
    await p.locator("[data-hit]").first().waitFor();
    await check("search");
    await c.close();
    expect(bad.length === 0, bad.join("\n"));
  });
}
