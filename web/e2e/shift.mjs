// A shift: two agents at once over the same ten conversations, mostly by keyboard, while customers go on writing. Every act is looked
// for on the other one's screen, and at the end both screens show what a reload shows.

export async function shift({ story, api, browser, page, base, until, expect, look, violations, deliver, PASSWORD }) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  await story("a shift of two agents over ten conversations, and both screens are right without a reload", async () => {
    const invitation = await api("POST", "/invitations", { role: "agent", email: "cleo@example.com" });
    const accept = `${base}/api/v1/invitations/by-token/${invitation.url.split("/").pop()}/accept`;
    await context.request.post(accept, { data: { name: "Cleo Kern", email: "cleo@example.com", password: PASSWORD } });
    const tag = "shift";
    const cleo = await context.newPage();
    const slips = [];
    cleo.on("pageerror", (e) => slips.push(e.message));

    let acts = 0;
    const act = async (what, run) => {
      try {
        await run();
      } catch (error) {
        throw new Error(`act ${acts + 1}, ${what}: ${error.message}`);
      }
      acts++;
    };
    const numbers = Array.from({ length: 10 }, (_, i) => i + 1);
    const customer = (n) => `shift-${n}`;
    const question = (n) => `Shift question ${n}: where is my parcel?`;
    let written = 0;
    const says = (n, text) => deliver(`shift-${n}-${++written}`, text, customer(n));
    const detail = (c) => api("GET", `/conversations/${c.id}`);
    const log = (p) => p.getByRole("log");
    const row = (p, c) => p.locator(`[data-row="${c.id}"]`);
    const field = (p) => p.getByRole("textbox", { name: "Reply", exact: true });

    for (const n of numbers) await says(n, question(n));
    const all = [];
    for (const n of numbers)
      all.push(
        await until(`conversation ${n}`, async () =>
          (await api("GET", `/conversations?text=${encodeURIComponent(`"Shift question ${n}:"`)}`)).data.find((c) => c.last_message_preview === question(n)),
        ),
      );
    await page.goto(`${base}/inbox`);
    await cleo.goto(`${base}/inbox`);
    await Promise.all([page, cleo].map((p) => row(p, all[9]).waitFor()));

    const open = (p, c) =>
      act("open", async () => {
        await row(p, c).click();
        await p.waitForURL(new RegExp(c.id));
        await log(p)
          .getByText(question(all.indexOf(c) + 1))
          .first()
          .waitFor();
      });
    const key = async (p, k) => {
      await log(p).focus();
      await p.keyboard.press(k);
    };
    const reply = (p, text) =>
      act("reply", async () => {
        await key(p, "r");
        await until("the composer", () => field(p).evaluate((e) => e === document.activeElement));
        await p.keyboard.type(text);
        await p.keyboard.press("Control+Enter");
        await log(p).getByText(text).first().waitFor();
      });
    const note = (p, c, text) =>
      act("note", async () => {
        await key(p, "c");
        await p.getByRole("textbox", { name: "Internal note", exact: true }).waitFor();
        await p.keyboard.type(text);
        await p.keyboard.press("Control+Enter");
        await until("the note", async () => (await detail(c)).messages.some((m) => m.is_note && m.text === text));
        await log(p).getByText(text).first().waitFor();
      });
    const take = (p, c, name) =>
      act("assign to oneself", async () => {
        await key(p, "i");
        await until("the assignment", async () => (await detail(c)).assignee_name === name || (await detail(c)).assignee?.name === name || (await detail(c)).assignee_id);
      });
    const close = (p, c) =>
      act("close", async () => {
        await key(p, "e");
        await until("it to be closed", async () => (await detail(c)).status === "resolved");
      });
    const gone = (p, c) => act("gone from the other list", async () => until("the row to go", async () => (await row(p, c).count()) === 0));
    const arrives = (p, text) => act("the other one sees it", async () => log(p).getByText(text).first().waitFor());
    const heard = (p, n, text) =>
      act("the customer goes on", async () => {
        await says(n, text);
        await row(p, all[n - 1])
          .getByText(text)
          .waitFor();
      });

    // Each has half of them; each looks at what the other does.
    for (const n of [1, 2, 3]) {
      const c = all[n - 1];
      await open(page, c);
      await take(page, c, "Alice Admin");
      await reply(page, `It left yesterday (${n}).`);
      await heard(cleo, n, `Thank you, number ${n}!`);
    }
    for (const n of [4, 5, 6]) {
      const c = all[n - 1];
      await open(cleo, c);
      await take(cleo, c, "Cleo Kern");
      await note(cleo, c, `Asked the carrier about ${n}`);
      await reply(cleo, `We are looking for it (${n}).`);
    }
    // Both in one conversation: what one writes is before the other by itself, and what is being typed stays.
    const both = all[6];
    await open(page, both);
    await open(cleo, both);
    await act("somebody else is seen here", async () =>
      page
        .getByText(/Cleo Kern/)
        .first()
        .waitFor(),
    );
    await act("half a sentence", async () => {
      await key(page, "r");
      await page.keyboard.type("I am just wri");
    });
    await note(cleo, both, "I know this customer");
    await arrives(page, "I know this customer");
    const words = () => field(page).evaluate((e) => e.value ?? e.textContent);
    await act("what was being typed is still there", async () => expect((await words()) === "I am just wri", `the words are now “${await words()}”`));
    await heard(cleo, 7, "Is anybody there?");
    await arrives(page, "Is anybody there?");
    await act("the rest of the sentence", async () => {
      await field(page).focus();
      await page.keyboard.type("ting to you.");
      await page.keyboard.press("Control+Enter");
      // It crosses what has come meanwhile: the product asks once.
      const anyway = page.getByRole("button", { name: /Send anyway/ });
      await anyway.or(log(page).getByText("I am just writing to you.").first()).first().waitFor();
      if (await anyway.count()) await anyway.click();
      await log(cleo).getByText("I am just writing to you.").first().waitFor();
    });
    await look("shift-both");
    // Tags, priority, unread, snooze, close and back.
    for (const [p, n] of [
      [page, 8],
      [cleo, 9],
    ]) {
      const c = all[n - 1];
      await open(p, c);
      await act("tag", async () => {
        await key(p, "l");
        await p.keyboard.type(tag);
        await p
          .getByRole("option", { name: new RegExp(tag) })
          .first()
          .waitFor();
        await p.keyboard.press("Enter");
        await until("the tag", async () => (await detail(c)).tags.includes(tag));
        await p.keyboard.press("Escape");
      });
      await act("priority", async () => {
        await key(p, "p");
        await p.getByText("High priority").first().click();
        await until("the priority", async () => (await detail(c)).priority === "high");
      });
      await act("unread", async () => {
        await key(p, "u");
        await until("the mark", async () => (await detail(c)).unread_count > 0);
      });
      await open(p, c);
      await close(p, c);
      await gone(p === page ? cleo : page, c);
      await act("back again", async () => {
        await p.getByRole("button", { name: "Undo" }).first().waitFor();
        await p.keyboard.press("z");
        await until("it to be open", async () => (await detail(c)).status !== "resolved");
        await row(p === page ? cleo : page, c).waitFor();
      });
    }
    const last = all[9];
    await open(cleo, last);
    await reply(cleo, "It will be there tomorrow.");
    await act("snooze", async () => {
      await key(cleo, "s");
      await cleo
        .getByRole("menuitem", { name: /Tomorrow/ })
        .or(cleo.getByRole("option", { name: /Tomorrow/ }))
        .or(cleo.getByRole("button", { name: /Tomorrow/ }))
        .first()
        .click();
      await until("the snooze", async () => (await detail(last)).status === "snoozed");
    });
    await gone(page, last);
    await act("a reply wakes it", async () => {
      await says(10, "It has arrived, thanks!");
      await row(page, last).waitFor();
    });
    for (const n of [1, 2, 3]) {
      await open(page, all[n - 1]);
      await close(page, all[n - 1]);
      await gone(cleo, all[n - 1]);
    }
    for (const n of [4, 5]) {
      await open(cleo, all[n - 1]);
      await close(cleo, all[n - 1]);
      await gone(page, all[n - 1]);
    }
    // A phone in between, in the dark.
    const phone = await browser.newContext({ viewport: { width: 390, height: 844 }, colorScheme: "dark", storageState: await context.storageState() });
    const small = await phone.newPage();
    await act("the same on a phone", async () => {
      await small.goto(`${base}/inbox/${all[5].id}`);
      await log(small).getByText("We are looking for it (6).").first().waitFor();
      await field(small).click();
      await small.keyboard.type("Found it.");
      await small.getByRole("button", { name: "Send", exact: true }).click();
    });
    await open(page, all[5]);
    await arrives(page, "Found it.");
    if (process.env.SHOTS) await small.screenshot({ path: `${process.env.SHOTS}/shift-phone.png` });
    await act("nothing on it is out of reach", async () => {
      const bad = await violations(small);
      expect(bad.length === 0, bad.join("\n"));
    });
    await phone.close();
    await open(cleo, all[5]);
    await arrives(cleo, "Found it.");
    // Whatever is still on its way has left.
    await until("the last answer to leave", async () => (await detail(all[5])).messages.every((m) => !["pending", "scheduled"].includes(m.status)));
    const shown = (p) =>
      p.evaluate(() => ({
        rows: [...document.querySelectorAll("[data-row]")].map((r) => [
          r.getAttribute("data-row"),
          r.textContent
            .replace(/\b(now|\d+ ?(s|m|min|h)( ago)?)\b/g, "")
            .replace(/\s+/g, " ")
            .trim(),
        ]),
        log: [...document.querySelectorAll("[role=log] article")].map((a) => a.textContent.replace(/\s+/g, " ").trim()),
      }));
    for (const p of [page, cleo]) {
      const live = await until("the screen to rest", async () => {
        const one = await shown(p);
        await p.waitForTimeout(300);
        return JSON.stringify(one) === JSON.stringify(await shown(p)) ? one : undefined;
      });
      await p.reload();
      await log(p).getByText("Found it.").first().waitFor();
      let again = {};
      const same = async () => {
        again = await shown(p);
        return JSON.stringify(again) === JSON.stringify(live);
      };
      await until("the same after a reload", same, 10_000).catch(() => {
        const differs = live.rows.find((r, i) => JSON.stringify(r) !== JSON.stringify(again.rows[i])) ?? live.log.find((m, i) => m !== again.log[i]);
        throw new Error(
          `the live screen differs from a reload: ${live.rows.length} rows, then ${again.rows.length}; ${live.log.length} messages, then ${again.log.length}; ${JSON.stringify(differs)}`,
        );
      });
    }
    await look("shift-end");
    expect(acts >= 60, `only ${acts} acts`);
    expect(slips.length === 0, slips.join("\n"));
    console.log(`        ${acts} acts`);
  });
  await context.close();
}
