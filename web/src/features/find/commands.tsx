import { useNavigate } from "@tanstack/react-router";
import {
  Bell,
  Archive,
  Ban,
  CalendarClock,
  CircleCheck,
  CircleDashed,
  Clock,
  Eye,
  FileText,
  Flag,
  Forward,
  Inbox,
  Keyboard,
  type LucideIcon,
  MailOpen,
  Merge,
  MessageSquareQuote,
  Moon,
  Reply,
  ReplyAll,
  ScanSearch,
  ScrollText,
  Search,
  Settings,
  ShieldAlert,
  SquarePen,
  StickyNote,
  Tag,
  Trash2,
  UserRound,
  UserRoundCheck,
  UsersRound,
  Zap,
} from "lucide-react";
import { useMe } from "@/api/client";
import { bindings, isAllowed } from "@/features/frame/bindings";
import { useCreate } from "@/features/frame/keyboard";
import { useFrame } from "@/features/frame/state";
import { bus } from "@/features/inbox/bus";
import { type Act, MAPS, useKeys } from "@/lib/keymap";

export interface Command {
  /** Name in `find:palette.*`. */
  name: string;
  icon: LucideIcon;
  keys?: string;
  run: () => void;
}
export interface Group {
  name: "conversation" | "go" | "create" | "other";
  commands: Command[];
}

const wishes = [
  ["reply", Reply],
  ["replyAll", ReplyAll],
  ["forward", Forward],
  ["note", StickyNote],
  ["canned", MessageSquareQuote],
  ["macros", Zap],
  ["assign", UserRound],
  ["assignMe", UserRoundCheck],
  ["snooze", Clock],
  ["tags", Tag],
  ["priority", Flag],
  ["status", CircleDashed],
  ["closeReopen", CircleCheck],
  ["unread", MailOpen],
  ["spam", ShieldAlert],
  ["delete", Trash2],
  ["archive", Archive],
  ["merge", Merge],
  ["transcript", FileText],
  ["inspect", ScanSearch],
  ["follow", Eye],
  ["block", Ban],
] as const;

/** What the palette can do here and now. */
export function useCommands(inThread: boolean, onToggleTheme: () => void): Group[] {
  const navigate = useNavigate();
  const create = useCreate();
  const keysOf = useKeys();
  const me = useMe();
  const go = (name: string, icon: LucideIcon, to: string, keys?: string): Command => ({ name, icon, keys, run: () => void navigate({ to }) });

  const groups: Group[] = [
    {
      name: "conversation",
      commands: inThread
        ? wishes
            .filter(([name]) => isAllowed(bindings.find((b) => b.name === name) ?? {}, me?.permissions))
            .map(([name, icon]) => ({ name, icon, keys: name in MAPS.letters ? keysOf(name as Act) : undefined, run: () => bus.emit(name) }))
        : [],
    },
    {
      name: "go",
      commands: [
        go("inbox", Inbox, "/inbox", keysOf("inbox")),
        go("contactsPage", UsersRound, "/contacts", keysOf("contacts")),
        ...(me?.permissions.includes("journal.read") ? [go("journal", ScrollText, "/journal", keysOf("journal"))] : []),
        go("settings", Settings, "/settings", keysOf("settings")),
        go("profile", UserRound, "/settings/profile"),
        go("notifications", Bell, "/notifications", keysOf("notifications")),
        go("scheduled", CalendarClock, "/scheduled"),
        ...(me?.permissions.includes("conversations.delete") ? [go("trash", Trash2, "/trash")] : []),
        go("cannedReplies", MessageSquareQuote, "/settings/canned-replies"),
        go("macrosPage", Zap, "/settings/macros"),
        go("find", Search, "/search", keysOf("find")),
      ],
    },
    { name: "create", commands: [{ name: "newConversation", icon: SquarePen, keys: keysOf("newConversation"), run: create }] },
    {
      name: "other",
      commands: [
        { name: "theme", icon: Moon, keys: keysOf("theme"), run: onToggleTheme },
        { name: "help", icon: Keyboard, keys: keysOf("help"), run: () => useFrame.setState({ help: true }) },
      ],
    },
  ];
  return groups;
}
