// What one answers with, and what one does to conversations: the main path of each, on a simulated mailbox.
export async function replies({ story, api, page, base, until, expect, look }) {
  const kind = (await api("GET", "/channel-types")).data.find((d) => d.capabilities.simulator && d.capabilities.recipients);
  const box = await api("POST", "/channels", { provider: kind.id, name: "Desk", configuration: {}, simulated: true });
  const list = async () => (await api("GET", `/conversations?status=all&channel_id=${box.id}`)).data;
  const detail = (id) => api("GET", `/conversations/${id}`);
  const write = async (subject, text, more = {}) => {
    await api("POST", `/channels/${box.id}/simulate`, { text, subject, from: "anna@home.example", from_name: "Anna Ahlers", ...more });
    return until(`the mail ${subject}`, async () => (await list()).find((c) => c.subject === subject && c.last_message_preview === text));
  };
  const open = async (id) => {
    await page.goto(`${base}/inbox/${id}`);
    await page.getByRole("textbox", { name: "Reply", exact: true }).waitFor();
  };
  const field = () => page.getByRole("textbox", { name: "Reply", exact: true });

  await story("a canned reply is found behind a slash, and its variable is filled in", async () => {
    await api("POST", "/canned-replies", { title: "Greeting", shortcut: "hi", text: "Hello {{contact.first_name|there}}, thank you for writing.", scope: "mine" });
    const c = await write("Broken lamp", "The lamp arrived broken.");
    await open(c.id);
    await field().click();
    await page.keyboard.type("/hi");
    await page.getByRole("option", { name: /Greeting/ }).waitFor();
    await page.keyboard.press("Enter");
    await until("the words", async () => (await field().textContent()) === "Hello Anna, thank you for writing.");
    await page.keyboard.press("Control+Enter");
    await until("the answer", async () => (await detail(c.id)).messages.some((m) => m.direction === "outbound" && m.text.startsWith("Hello Anna")));
    await look("canned");
  });

  await story("a macro shows what it will do, does it, and is taken back as a whole", async () => {
    await api("POST", "/macros", { name: "Out of stock", scope: "mine", actions: { note: "Nothing left", add_tags: ["stock"], status: "pending" } });
    const c = await write("A green chair", "Is it in stock?");
    await open(c.id);
    await page.getByRole("log").focus();
    await page.keyboard.press("Shift+M");
    await page.getByRole("dialog").getByText("Out of stock").first().click();
    await page.getByRole("dialog").getByText("Nothing left").waitFor();
    await look("macro");
    await page.getByRole("dialog").getByRole("button", { name: /^Run/ }).click();
    await until("all of it", async () => {
      const now = await detail(c.id);
      return now.status === "pending" && now.tags.includes("stock") && now.messages.some((m) => m.is_note);
    });
    await page.locator("[data-sonner-toast]").getByRole("button", { name: "Undo" }).first().click();
    await until("nothing of it", async () => {
      const now = await detail(c.id);
      return now.status !== "pending" && !now.tags.length && !now.messages.some((m) => m.is_note);
    });
  });

  await story("a reply waits for its day, and is taken back from the list", async () => {
    const c = await write("A visit", "May I come by?");
    await open(c.id);
    await field().click();
    await page.keyboard.type("See you then");
    await page.getByRole("button", { name: "Other ways to send" }).click();
    await page.getByRole("menuitem", { name: "Send later…" }).click();
    await page.getByRole("dialog").getByLabel("When").fill("in 3 hours");
    await page.keyboard.press("Enter");
    await page.getByRole("list", { name: "Scheduled" }).getByText("See you then").waitFor();
    await page.goto(`${base}/scheduled`);
    const row = page.getByText("See you then").first();
    await row.waitFor();
    await look("scheduled");
    await page.getByRole("button", { name: "More", exact: true }).first().click();
    await page.getByRole("menuitem", { name: "Cancel" }).click();
    await until("the empty queue", async () => (await api("GET", "/scheduled-messages")).data.length === 0);
  });

  await story("a mail is forwarded, and its answer comes back marked", async () => {
    const c = await write("Spare part", "I need a new bulb.");
    await open(c.id);
    await page.getByRole("log").focus();
    await page.keyboard.press("f");
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("To", { exact: true }).fill("sven@supplier.example");
    await page.keyboard.press("Enter");
    await dialog.getByRole("textbox", { name: "Your message" }).click();
    await page.keyboard.type("Do you have one?");
    await look("forward");
    await dialog.getByRole("button", { name: "Forward" }).click();
    const sent = await until("the forward", async () => (await detail(c.id)).messages.find((m) => m.aside_id && m.status === "sent"));
    await api("POST", `/channels/${box.id}/simulate`, {
      text: "Yes, two of them",
      subject: `Re: ${sent.subject}`,
      from: "sven@supplier.example",
      from_name: "Sven",
      about: sent.external_id,
    });
    await page.getByRole("log").getByText("Yes, two of them").waitFor();
    const now = await detail(c.id);
    expect(now.messages.at(-1).aside_id === sent.id && now.messages.at(-1).verified_sender, "not a part of the talk");
    expect(!JSON.stringify(now.participants).includes("supplier") && now.waiting_since, "the customer's side has changed");
    await page.getByText("With somebody else").first().waitFor();
    await look("forwarded");
  });

  await story("two conversations become one and are two again, and a deleted one comes back from the trash", async () => {
    const a = await write("First half", "One thing.");
    const b = await write("Second half", "And another.");
    await open(a.id);
    await page.getByRole("button", { name: "More", exact: true }).first().click();
    await page.getByRole("menuitem", { name: "Merge…" }).click();
    await page.getByRole("dialog").getByText("Second half").first().click();
    await look("merge");
    await page
      .getByRole("dialog")
      .getByRole("button", { name: /^Merge/ })
      .click();
    await until("one", async () => (await detail(a.id)).message_count === 2);
    await page.locator("[data-sonner-toast]").getByRole("button", { name: "Undo" }).first().click();
    await until("two", async () => (await detail(b.id)).message_count === 1 && (await detail(a.id)).message_count === 1);
    await open(b.id);
    await page.getByRole("log").focus();
    await page.keyboard.press("#");
    await until("gone", async () => !(await list()).some((c) => c.id === b.id));
    await page.goto(`${base}/trash`);
    await page.getByText("Second half").first().waitFor();
    await look("trash");
    await page.getByRole("button", { name: "Restore" }).first().click();
    await until("back", async () => (await list()).some((c) => c.id === b.id));
  });

  await story("a signature stands below a mail, once it is written", async () => {
    await page.goto(`${base}/settings/profile`);
    const box = page.getByRole("textbox", { name: "Signature" });
    await box.click();
    await page.keyboard.type("Alice Admin, Test Studio");
    await page
      .getByRole("region", { name: "Signature" })
      .getByRole("button", { name: "Save" })
      .or(page.locator("form").filter({ has: box }).getByRole("button", { name: "Save" }))
      .first()
      .click();
    await until("it to be kept", async () => (await api("GET", "/me/signature")).text.includes("Alice Admin"));
    // How a mail ends, before anything is sent; on this channel with other words.
    const preview = page.frameLocator("iframe");
    await preview.getByText("Alice Admin, Test Studio").waitFor();
    await page.getByLabel("Signature on Desk").selectOption({ label: "One of its own" });
    await page.getByRole("textbox", { name: "Signature for Desk" }).click();
    await page.keyboard.press("Control+A");
    await page.keyboard.type("Your desk");
    const shown = page.getByLabel("Channel of the preview");
    if (await shown.count()) await shown.selectOption({ label: "Desk" });
    await preview.getByText("Your desk").waitFor();
    await look("signature");
    const kept = async (check) => {
      await page.locator("form").filter({ has: box }).getByRole("button", { name: "Save" }).click();
      await until("it to be kept", async () => check((await api("GET", "/me/signature")).channels));
    };
    await kept((all) => all.length === 1 && all[0].text === "Your desk");
    await page.getByLabel("Signature on Desk").selectOption({ label: "This signature" });
    await kept((all) => all.length === 0);
    const c = await write("A question", "When do you open?");
    await open(c.id);
    await page.getByText("Alice Admin, Test Studio").waitFor();
    await field().click();
    await page.keyboard.type("At nine.");
    await page.keyboard.press("Control+Enter");
    const sent = await until("the answer", async () => (await detail(c.id)).messages.find((m) => m.direction === "outbound"));
    expect(sent.text === "At nine.\n\n-- \nAlice Admin, Test Studio" && sent.stripped_text === "At nine.", JSON.stringify(sent.text));
  });

  await story("an answer that crosses another's is held, and says whose it was", async () => {
    const c = await write("Who answers", "Is anybody there?");
    await open(c.id);
    await field().click();
    await page.keyboard.type("I am here.");
    const invitation = (await api("POST", "/invitations", { role: "agent" })).url.split("/").pop();
    const joined = await fetch(`${base}/api/v1/invitations/by-token/${invitation}/accept`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ name: "Jana Quick", email: "jana@example.com", password: "correct-horse-7" }),
    });
    const { access_token } = await joined.json();
    const said = await fetch(`${base}/api/v1/conversations/${c.id}/messages`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${access_token}` },
      body: JSON.stringify({ text: "Jana is.", undo_seconds: 0 }),
    });
    expect(said.ok, `her answer: ${said.status}`);
    await page.getByRole("log").getByText("Jana is.").first().waitFor();
    await page.keyboard.press("Control+Enter");
    await page.getByText("Jana Quick answered since you began.").waitFor();
    await look("crossed");
    expect((await detail(c.id)).messages.filter((m) => m.direction === "outbound").length === 1, "it was sent all the same");
    await page.getByRole("button", { name: "Send anyway" }).click();
    await until("both answers", async () => (await detail(c.id)).messages.filter((m) => m.direction === "outbound").length === 2);
  });

  await story("a transcript goes to the customer by mail, and the original of theirs can be read", async () => {
    const c = await write("Paper trail", "Please confirm.");
    await open(c.id);
    await page.getByRole("button", { name: "More", exact: true }).first().click();
    await page.getByRole("menuitem", { name: /Transcript/ }).click();
    await look("transcript");
    await page.getByRole("dialog").getByRole("button", { name: "Mail it" }).click();
    const sent = await until("the mail", async () => (await detail(c.id)).messages.find((m) => m.metadata?.transcript));
    expect(sent.to[0].address === "anna@home.example" && sent.text.includes("Please confirm."), JSON.stringify(sent));
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.getByRole("log").getByRole("button", { name: "Message", exact: true }).first().click();
    await page.getByRole("menuitem", { name: "Original" }).click();
    await page.getByRole("dialog").getByText("anna@home.example").first().waitFor();
    await look("original");
    await page.keyboard.press("Escape");
  });
}
