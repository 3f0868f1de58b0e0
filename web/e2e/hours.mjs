// Business hours: the week, a calendar, an answer by itself, and the switch that stops it.
/** One of the places: a row of tabs while there are few, a list where there are many. */
export async function choosePlace(page, name) {
  const list = page.getByRole("combobox", { name: "Whole workspace or one channel" });
  const tab = page.getByRole("tab", { name });
  await list.or(tab).first().waitFor();
  if (!(await list.count())) return tab.click();
  const value = await list.locator("option").evaluateAll((all, wanted) => all.find((o) => o.textContent.startsWith(wanted))?.value, name);
  await list.selectOption(value);
}

export async function hours({ story, api, page, base, until, expect, look, violations }) {
  const kind = (await api("GET", "/channel-types")).data.find((d) => d.capabilities.simulator && d.capabilities.recipients);
  const box = await api("POST", "/channels", { provider: kind.id, name: "Opening desk", configuration: {}, simulated: true });
  const list = async () => (await api("GET", `/conversations?status=all&channel_id=${box.id}`)).data;
  const write = (text, from) => api("POST", `/channels/${box.id}/simulate`, { text, subject: text, from, from_name: "Anna Ahlers" });

  await story("the week of a channel, with two slots a day, is kept", async () => {
    await page.goto(`${base}/settings/hours`);
    await choosePlace(page, "Opening desk");
    await page.getByRole("switch", { name: "This channel has its own hours" }).click();
    const monday = page.getByRole("listitem", { name: "Monday" });
    await monday.getByRole("button", { name: "Add a slot on Monday" }).click();
    await monday.getByLabel("To").first().fill("12:00");
    await monday.getByLabel("From").nth(1).fill("22:00");
    await monday.getByLabel("To").nth(1).fill("02:00");
    await monday.getByText("next day").waitFor();
    await monday.getByRole("button", { name: "Copy Monday" }).click();
    await page.getByRole("menuitem", { name: "To all days" }).click();
    await page.getByRole("button", { name: "Save" }).click();
    await until("the week", async () => (await api("GET", "/hours")).data.find((p) => p.place === box.id)?.schedule?.week[6]?.[1]?.to === "02:00");
    const found = await violations(page);
    expect(found.length === 0, found.join("\n"));
    await look("hours");
  });

  await story("a slot that overlaps says so beside its day", async () => {
    const monday = page.getByRole("listitem", { name: "Monday" });
    await monday.getByLabel("From").nth(1).fill("11:00");
    await monday.getByLabel("To").nth(1).fill("13:00");
    await page.getByRole("button", { name: "Save" }).click();
    await monday.getByText("Two slots of a day overlap.").waitFor();
  });

  await story("a pasted calendar is looked at, then taken in", async () => {
    await page.goto(`${base}/settings/hours`);
    await page.getByRole("button", { name: "Import calendar" }).first().click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("tab", { name: "Text" }).click();
    const day = "BEGIN:VEVENT\nUID:1@x\nDTSTART;VALUE=DATE:20991224\nSUMMARY:Christmas Eve\nEND:VEVENT\n";
    await dialog.getByLabel("Content of the calendar").fill(`BEGIN:VCALENDAR\n${day}BEGIN:VEVENT\nUID:2@x\nDTSTART:20991224T100000Z\nSUMMARY:A meeting\nEND:VEVENT\nEND:VCALENDAR`);
    await dialog.getByRole("button", { name: "Look inside" }).click();
    await dialog.getByText("not a whole day").waitFor();
    await look("hours-import");
    await dialog.getByRole("button", { name: "Take in 1 holiday" }).click();
    await page.getByRole("list", { name: "Holidays" }).getByText("Christmas Eve").waitFor();
  });

  await story("who writes while it is closed is answered, and the switch holds it back", async () => {
    const week = Array.from({ length: 7 }, () => []);
    await api("PUT", `/hours/${box.id}`, { schedule: { time_zone: "UTC", week }, away: { on: true, text: "Hello {{name}}, we are closed." } });
    await write("Are you there?", "anna@home.example");
    await until(
      "the answer",
      async () => (await list()).length === 1 && (await api("GET", `/conversations/${(await list())[0].id}`)).messages.some((m) => m.text === "Hello Anna, we are closed."),
    );
    await page.goto(`${base}/settings/hours`);
    await page.getByRole("button", { name: "Stop automatic sending" }).click();
    await page
      .getByRole("dialog")
      .getByLabel(/Reason/)
      .fill("It says nonsense");
    await page.getByRole("dialog").getByRole("button", { name: "Stop automatic sending" }).click();
    await page.getByText("Automatic sending is stopped.").waitFor();
    await look("stopped");
    await write("And now?", "bea@home.example");
    await until("what waits", async () => (await api("GET", "/sending")).waiting === 1);
    // Seen on every page, and switched off there.
    await page.goto(`${base}/contacts`);
    await page.getByText("Automatic sending is stopped.").waitFor();
    const found = await violations(page);
    expect(found.length === 0, found.join("\n"));
    await page.getByRole("button", { name: "Let it go on" }).click();
    await page.getByRole("dialog").getByText("1 automatic message has waited.", { exact: false }).waitFor();
    await look("stopped-resume");
    await page.getByRole("dialog").getByRole("button", { name: "Discard and go on" }).click();
    await page.getByText("Automatic sending is stopped.").waitFor({ state: "detached" });
    expect((await api("GET", "/sending")).stopped === null, "the switch is still on");
  });
  await api("DELETE", `/channels/${box.id}`);
}
