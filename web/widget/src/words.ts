const en = {
  open: "Open chat",
  openUnread: "Open chat, {n} unread",
  close: "Close chat",
  log: "Conversation",
  write: "Write a message",
  send: "Send",
  attach: "Attach a file",
  remove: "Remove {name}",
  online: "We’re here now",
  away: "We’ll answer as soon as we’re back",
  offline: "You’re offline. Your messages are kept and sent when the connection returns.",
  typing: "{name} is typing",
  typingNobody: "Typing",
  sending: "Sending",
  sent: "Sent",
  delivered: "Delivered",
  read: "Seen",
  notSent: "Not sent. Try again",
  refused: "This message was not accepted. Try again",
  you: "You",
  team: "Team",
  name: "Your name",
  email: "Your email",
  optional: "optional",
  start: "Start chat",
  skip: "Skip",
  intro: "Tell us who you are, so that we can answer you later too.",
  nameMissing: "Enter your name.",
  emailMissing: "Enter your email address.",
  emailWrong: "Enter an email address such as name@example.com.",
  tooLarge: "{name} is larger than {size}.",
  uploadFailed: "{name} was not uploaded.",
  uploading: "Uploading {name}",
  again: "Try again",
  drop: "Drop files to attach them",
  today: "Today",
  yesterday: "Yesterday",
  older: "Loading earlier messages",
  file: "File",
};

type Words = { [K in keyof typeof en]: string };

const de: Words = {
  open: "Chat öffnen",
  openUnread: "Chat öffnen, {n} ungelesen",
  close: "Chat schließen",
  log: "Unterhaltung",
  write: "Nachricht schreiben",
  send: "Senden",
  attach: "Datei anhängen",
  remove: "{name} entfernen",
  online: "Wir sind gerade da",
  away: "Wir antworten, sobald wir zurück sind",
  offline: "Sie sind offline. Ihre Nachrichten werden aufbewahrt und später gesendet.",
  typing: "{name} schreibt",
  typingNobody: "Schreibt",
  sending: "Wird gesendet",
  sent: "Gesendet",
  delivered: "Zugestellt",
  read: "Gesehen",
  notSent: "Nicht gesendet. Erneut versuchen",
  refused: "Diese Nachricht wurde nicht angenommen. Erneut versuchen",
  you: "Sie",
  team: "Team",
  name: "Ihr Name",
  email: "Ihre E-Mail-Adresse",
  optional: "freiwillig",
  start: "Chat starten",
  skip: "Überspringen",
  intro: "Sagen Sie uns, wer Sie sind, damit wir auch später antworten können.",
  nameMissing: "Geben Sie Ihren Namen ein.",
  emailMissing: "Geben Sie Ihre E-Mail-Adresse ein.",
  emailWrong: "Geben Sie eine E-Mail-Adresse wie name@example.com ein.",
  tooLarge: "{name} ist größer als {size}.",
  uploadFailed: "{name} wurde nicht hochgeladen.",
  uploading: "{name} wird hochgeladen",
  again: "Erneut versuchen",
  drop: "Dateien hier ablegen",
  today: "Heute",
  yesterday: "Gestern",
  older: "Frühere Nachrichten werden geladen",
  file: "Datei",
};

export type Key = keyof Words;
export type Say = (key: Key, values?: Record<string, string | number>) => string;

const languages: Record<string, Words> = { en, de };

/** The first of the wished languages that we speak. */
export function language(...wishes: (string | null | undefined)[]): string {
  for (const wish of wishes) {
    const short = wish?.toLowerCase().split(/[-_]/)[0];
    if (short && short in languages) return short;
  }
  return "en";
}

/** The language a chat is spoken in, which may change while it is there. */
export interface Voice {
  say: Say;
  tongue: string;
}

export function speak(lang: string): Say {
  const words = languages[lang] ?? en;
  return (key, values) => words[key].replace(/\{(\w+)\}/g, (_, k: string) => String(values?.[k] ?? ""));
}
