// Mail that comes in over SMTP, on a server of its own: whether it is from whom it says, where it belongs, and the signature below ours.
import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A name server that knows these TXT records and nothing else. */
function names(zone) {
  const socket = createSocket("udp4");
  socket.on("message", (question, from) => {
    let at = 12;
    const labels = [];
    while (question[at] > 0) {
      labels.push(
        question
          .subarray(at + 1, at + 1 + question[at])
          .toString()
          .toLowerCase(),
      );
      at += 1 + question[at];
    }
    const text = question.readUInt16BE(at + 1) === 16 ? zone[labels.join(".")] : undefined;
    const known = text !== undefined || Object.keys(zone).some((n) => n === labels.join(".") || n.endsWith(`.${labels.join(".")}`));
    const head = Buffer.from([question[0], question[1], 0x85, known ? 0x80 : 0x83, 0, 1, 0, text ? 1 : 0, 0, 0, 0, 0]);
    const parts = [head, question.subarray(12, at + 5)];
    if (text) {
      const pieces = text.match(/.{1,200}/g).map((piece) => Buffer.concat([Buffer.from([piece.length]), Buffer.from(piece)]));
      const data = Buffer.concat(pieces);
      parts.push(Buffer.from([0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 1, data.length >> 8, data.length & 255]), data);
    }
    socket.send(Buffer.concat(parts), from.port, from.address);
  });
  return new Promise((done) => socket.bind(0, "127.0.0.1", () => done(socket)));
}

/** Hands a mail over; the answer to its last dot. */
function hand(port, from, to, mail) {
  return new Promise((done, failed) => {
    const socket = connect(port, "127.0.0.1");
    const say = ["EHLO sender.example", `MAIL FROM:<${from}>`, `RCPT TO:<${to}>`, "DATA", `${mail.replace(/\n/g, "\r\n")}\r\n.`];
    let heard = "";
    socket.on("error", failed);
    socket.on("data", (piece) => {
      heard += piece;
      const lines = heard.split("\r\n");
      if (!/^\d{3} /.test(lines.at(-2) ?? "")) return;
      heard = "";
      const next = say.shift();
      if (next !== undefined) return void socket.write(`${next}\r\n`);
      socket.end("QUIT\r\n");
      done(lines.at(-2));
    });
  });
}

export async function mail({ story, binary, browser, freePort, until, expect, shots, PASSWORD }) {
  const zone = {
    "home.example": "v=spf1 ip4:127.0.0.1 -all",
    "_dmarc.home.example": "v=DMARC1; p=reject",
    "bank.example": "v=spf1 -all",
    "_dmarc.bank.example": "v=DMARC1; p=reject",
  };
  const dns = await names(zone);
  const [port, smtp] = [await freePort(), await freePort()];
  const data = mkdtempSync(join(tmpdir(), "switchboard-e2e-mail-"));
  const base = `http://127.0.0.1:${port}`;
  const env = Object.fromEntries(Object.entries(process.env).filter(([k]) => !k.startsWith("SWITCHBOARD_")));
  const args = ["serve", "--data", data, "--listen", `127.0.0.1:${port}`, "--smtp-listen", `127.0.0.1:${smtp}`, "--public-url", base];
  const server = spawn(binary, [...args, "--net-dns", `127.0.0.1:${dns.address().port}`, "--smtp-relays", "192.0.2.0/24", "--net-allow", "127.0.0.0/8"], { stdio: "ignore", env });
  await until("the mail server", async () => (await fetch(`${base}/readyz`)).ok);
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 } });
  const page = await context.newPage();
  const look = (name) => (shots ? page.screenshot({ path: join(shots, `${name}.png`) }) : undefined);
  let token = "";
  const api = async (method, path, body) => {
    const answer = await context.request.fetch(`${base}/api/v1${path}`, { method, data: body, headers: { "x-csrf-token": token } });
    const text = await answer.text();
    if (!answer.ok()) throw new Error(`${method} ${path}: ${answer.status()} ${text}`);
    return text ? JSON.parse(text) : undefined;
  };

  await story("a mail that its domain disowns says so, and what was checked", async () => {
    const made = await api("POST", "/setup", {
      name: "Alice",
      email: "alice@example.com",
      password: PASSWORD,
      workspace_name: "Desk",
      locale: "en",
      time_zone: "UTC",
      default_country: "DE",
      sample_data: false,
    });
    token = made.me.csrf_token;
    await api("POST", "/channels", {
      provider: "smtp",
      name: "Mail",
      configuration: { address: "help@desk.example", smtp_host: "127.0.0.1", smtp_port: smtp, smtp_security: "none" },
    });
    const letter = (from, id, subject, text) => `From: ${from}\nTo: help@desk.example\nSubject: ${subject}\nMessage-ID: <${id}>\n\n${text}`;
    expect(
      (await hand(smtp, "anna@home.example", "help@desk.example", letter("Anna <anna@home.example>", "a1@home.example", "My lamp", "It is broken."))).startsWith("250"),
      "taken",
    );
    await hand(smtp, "service@bank.example", "help@desk.example", letter("Your bank <service@bank.example>", "b1@bank.example", "Your account", "Please sign in here."));
    const all = await until("both", async () => {
      const list = (await api("GET", "/conversations?status=all")).data;
      return list.length === 2 && list;
    });
    const bank = all.find((c) => c.subject === "Your account");
    await page.goto(`${base}/inbox/${bank.id}`);
    await page.getByText("This may not be from bank.example.").waitFor();
    await page.getByRole("button", { name: "What was checked" }).click();
    await page.getByText("the domain asks for: reject").waitFor();
    await look("sender-forged");
    await page.setViewportSize({ width: 390, height: 800 });
    await look("sender-forged-phone");
    await page.setViewportSize({ width: 1280, height: 860 });
    const lamp = all.find((c) => c.subject === "My lamp");
    await page.goto(`${base}/inbox/${lamp.id}`);
    await page.getByText("It is broken.").first().waitFor();
    expect((await page.getByText("This may not be from").count()) === 0, "nothing speaks against the other");
  });

  await story("a message in the wrong conversation is moved with one click and put back with another", async () => {
    const letter = "From: Anna <anna@home.example>\nTo: help@desk.example\nSubject: Re: My lamp\nMessage-ID: <a2@home.example>\nIn-Reply-To: <a1@home.example>\n\nAbout the chair.";
    await hand(
      smtp,
      "anna@home.example",
      "help@desk.example",
      "From: Anna <anna@home.example>\nTo: help@desk.example\nSubject: A chair\nMessage-ID: <c1@home.example>\n\nIt wobbles.",
    );
    await hand(smtp, "anna@home.example", "help@desk.example", letter);
    const lamp = await until("the answer", async () => (await api("GET", "/conversations?status=all")).data.find((c) => c.subject === "My lamp" && c.message_count === 2));
    await page.goto(`${base}/inbox/${lamp.id}`);
    const wrong = page.getByRole("article").filter({ hasText: "About the chair." });
    await wrong.getByRole("button", { name: "Message", exact: true }).click();
    await page.getByRole("menuitem", { name: "Move to another conversation" }).click();
    await page.getByRole("button", { name: /A chair/ }).waitFor();
    await look("move-message");
    await page.getByRole("button", { name: /A chair/ }).click();
    await page.getByText(/Moved to #/).waitFor();
    await until("it moved", async () => (await api("GET", `/conversations/${lamp.id}`)).message_count === 1);
    await page.getByRole("button", { name: "Undo" }).first().click();
    await until("it is back", async () => (await api("GET", `/conversations/${lamp.id}`)).message_count === 2);
  });

  await story("a key is made, its record published and found, and mail is signed from then on", async () => {
    await page.goto(`${base}/settings/mail-signing`);
    await page.getByRole("button", { name: "Make a key" }).click();
    const name = await page.getByLabel("Record name", { exact: true }).inputValue();
    const value = await page.getByLabel("Record value", { exact: true }).inputValue();
    expect(name.endsWith("._domainkey.desk.example") && value.startsWith("v=DKIM1"), name);
    await look("mail-signing");
    await page.getByRole("button", { name: "Check the DNS" }).click();
    await page.getByText("There is no TXT record").waitFor();
    zone[name] = value;
    await page.getByRole("button", { name: "Check the DNS" }).click();
    await page.getByText("Signed", { exact: true }).waitFor();
    await look("mail-signing-on");
  });

  await context.close();
  server.kill("SIGTERM");
  await new Promise((r) => server.once("exit", r));
  dns.close();
  rmSync(data, { recursive: true, force: true });
}
