import { Archive, Bell, Inbox, Trash2, TriangleAlert } from "lucide-react";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { AttributeFields } from "@/ui/AttributeFields";
import { Avatar } from "@/ui/Avatar";
import { Badge, Count } from "@/ui/Badge";
import { Banner } from "@/ui/Banner";
import { Button } from "@/ui/Button";
import { CallLink } from "@/ui/CallLink";
import { ChannelDisc } from "@/ui/ChannelDisc";
import { ChannelGlyph } from "@/ui/ChannelGlyph";
import { CheckField } from "@/ui/CheckField";
import { Combobox } from "@/ui/Combobox";
import { ApiError } from "@/api/client";
import { useSubmit } from "@/lib/submit";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { FormDialog } from "@/ui/FormDialog";
import { Problem } from "@/ui/Problem";
import { CopyField } from "@/ui/CopyField";
import { Dialog } from "@/ui/Dialog";
import { Drawer } from "@/ui/Drawer";
import { EmptyState } from "@/ui/EmptyState";
import { ErrorState } from "@/ui/ErrorState";
import { AreaField, ChoiceField, PasswordField, SwitchField, TextField } from "@/ui/form";
import { HueField } from "@/ui/HueField";
import { IconButton } from "@/ui/IconButton";
import { Kbd } from "@/ui/Kbd";
import { Label, LabelDot } from "@/ui/Label";
import LogCall from "@/ui/LogCall";
import { MayBeSame } from "@/ui/MayBeSame";
import { Menu } from "@/ui/Menu";
import { Popover } from "@/ui/Popover";
import { PresenceDot } from "@/ui/PresenceDot";
import { ResumeDialog } from "@/ui/ResumeDialog";
import { RuleGroup } from "@/ui/rules/RuleGroup";
import { Skeleton } from "@/ui/Skeleton";
import { StatusIcon, StatusPill } from "@/ui/StatusPill";
import { Switch } from "@/ui/Switch";
import { TEAM_ICONS } from "@/ui/TeamIcon";
import { TeamBadge } from "@/ui/TeamBadge";
import { Ticks } from "@/ui/Ticks";
import { Tip } from "@/ui/Tip";
import { toast } from "@/ui/toast";
import { attributes, contact } from "./answers";
import { filter, grammar } from "./filter";

export interface Part {
  name: string;
  View: () => ReactNode;
  /** Lies above the page, so it is shown alone. */
  above?: boolean;
}

const LONG = "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen and what else nobody thought of";
const nothing = () => {};
const Row = ({ children }: { children: ReactNode }) => <div className="flex flex-wrap items-center gap-3">{children}</div>;

/** A control that has the focus, as the keyboard gives it. */
function Focused({ children }: { children: ReactNode }) {
  const box = useRef<HTMLSpanElement>(null);
  useEffect(() => box.current?.querySelector<HTMLElement>("button, input")?.focus({ focusVisible: true } as FocusOptions), []);
  return <span ref={box}>{children}</span>;
}

const variants = ["primary", "outline", "ghost", "danger"] as const;

export const parts: Part[] = [
  {
    name: "buttons",
    View: () => (
      <>
        {(["sm", "md", "lg"] as const).map((size) => (
          <Row key={size}>
            {variants.map((v) => (
              <Button key={v} variant={v} size={size}>
                <Archive aria-hidden /> {v}
              </Button>
            ))}
          </Row>
        ))}
        <Row>
          {variants.map((v) => (
            <Button key={v} variant={v} disabled>
              disabled
            </Button>
          ))}
          <Button variant="primary" loading>
            loading
          </Button>
          <Button asChild>
            <a href="#place">somewhere else</a>
          </Button>
        </Row>
        <Row>
          <IconButton label="Archive">
            <Archive />
          </IconButton>
          <IconButton label="Delete" size="sm">
            <Trash2 />
          </IconButton>
          <IconButton label="Disabled" disabled>
            <Bell />
          </IconButton>
          <Focused>
            <Button>focused</Button>
          </Focused>
        </Row>
      </>
    ),
  },
  {
    name: "marks",
    View: () => (
      <>
        <Row>
          {(["neutral", "accent", "good", "warn", "bad", "info"] as const).map((tone) => (
            <Badge key={tone} tone={tone}>
              {tone}
            </Badge>
          ))}
          <Count value={1} />
          <Count value={128} label="128 unread" />
        </Row>
        <Row>
          {(["new", "open", "pending", "snoozed", "resolved", "archived", "spam"] as const).map((s) => (
            <StatusPill key={s} status={s} />
          ))}
        </Row>
        <Row>
          {(["new", "open", "pending", "snoozed", "resolved", "archived", "spam"] as const).map((s) => (
            <StatusIcon key={s} status={s} className="size-4" />
          ))}
          {(["scheduled", "awaiting_approval", "cancelled", "pending", "sent", "delivered", "read", "failed"] as const).map((s) => (
            <Ticks key={s} status={s} words />
          ))}
        </Row>
        <Row>
          {[25, 95, 160, 230, 300].map((hue) => (
            <Label key={hue} hue={hue}>
              hue {hue}
            </Label>
          ))}
          <Label hue={200}>{LONG}</Label>
          <LabelDot hue={25} />
        </Row>
        <Row>
          {["j", "shift+r", "mod+k", "g i", "alt+e", "escape", "enter"].map((keys) => (
            <Kbd key={keys} keys={keys} />
          ))}
        </Row>
      </>
    ),
  },
  {
    name: "people",
    View: () => (
      <>
        <Row>
          {[18, 24, 32, 48].map((size) => (
            <Avatar key={size} name="Mara Lindqvist" id="m" size={size} />
          ))}
          <Avatar name="Åsa Öberg" />
          <Avatar name="+49 30 901820" />
          <Avatar name="?" />
          <Avatar name="Own hue" hue={300} badge={<PresenceDot status="online" label="Online" />} />
        </Row>
        <Row>
          {["online", "away", "busy", "offline"].map((s) => (
            <span key={s} className="flex items-center gap-2 text-sm">
              <PresenceDot status={s} label={s} /> {s}
            </span>
          ))}
        </Row>
        <Row>
          {Object.keys(TEAM_ICONS).map((icon, i) => (
            <TeamBadge key={icon} icon={icon} hue={i * 30} />
          ))}
          <TeamBadge icon="users" hue={200} size={18} />
        </Row>
        <Row>
          {["email", "webchat", "whatsapp", "sms", "phone", "api", "unknown"].map((channel) => (
            <ChannelDisc key={channel} channel={channel} label={channel} />
          ))}
          <ChannelDisc channel="email" plain size={24} />
          {["mail", "phone", "hash", "globe", "whatsapp"].map((icon) => (
            <ChannelGlyph key={icon} icon={icon} name={icon} size={20} />
          ))}
        </Row>
        <Row>
          <CallLink number="+49 30 901820" icon />
          <CallLink number="+49 30 901820" className="text-sm" />
        </Row>
        <MayBeSame contact={contact as never} />
      </>
    ),
  },
  {
    name: "states",
    View: () => (
      <>
        {(["info", "warn", "bad"] as const).map((tone) => (
          <Banner key={tone} tone={tone} icon={TriangleAlert} action={<Button size="sm">Mend</Button>}>
            A line about the state of things, {tone}.
          </Banner>
        ))}
        <Banner>{LONG}</Banner>
        <EmptyState icon={Inbox} title="Nothing here" text="Everyone who writes to you appears here." action={<Button variant="primary">Add</Button>} />
        <ErrorState title="It could not be loaded" error={{ detail: "The server said why.", requestId: "req_7Q2" }} onRetry={nothing} />
        <div className="flex gap-3">
          <Skeleton className="size-9 rounded-full" />
          <Skeleton className="h-9 flex-1" />
        </div>
      </>
    ),
  },
  { name: "fields", View: Fields },
  { name: "choices", View: Choices },
  {
    name: "list",
    View: () => (
      <div className="flex flex-wrap gap-4">
        <Combobox
          label="Tags"
          empty="No such tag"
          selected={["a"]}
          onPick={nothing}
          options={[
            { value: "a", label: "Shipping", icon: <LabelDot hue={230} />, hint: "12" },
            { value: "b", label: "VIP", icon: <LabelDot hue={160} /> },
            { value: "c", label: LONG },
          ]}
        />
        <Combobox label="Nobody" empty="Nobody of that name" selected={[]} onPick={nothing} options={[]} />
      </div>
    ),
  },
  {
    name: "filter",
    View: () => {
      const [value, set] = useState(filter);
      return <RuleGroup grammar={grammar} value={value} onChange={set} lookups={{ assignee: [{ value: "me", label: "Me" }] }} errors={{ "0.0": "This is no longer there." }} />;
    },
  },
  {
    name: "menu",
    above: true,
    View: () => (
      <div className="h-72">
        <Menu.Root open onOpenChange={nothing}>
          <Menu.Trigger asChild>
            <Button>Menu</Button>
          </Menu.Trigger>
          <Menu.Content align="start">
            <Menu.Heading>Heading</Menu.Heading>
            <Menu.Item icon={<Archive />} keys="e">
              With a key
            </Menu.Item>
            <Menu.Choice checked>Chosen</Menu.Choice>
            <Menu.Choice checked={false}>Not chosen</Menu.Choice>
            <Menu.Separator />
            <Menu.Item disabled>Disabled</Menu.Item>
            <Menu.Item icon={<Trash2 />} danger keys="#">
              {LONG}
            </Menu.Item>
          </Menu.Content>
        </Menu.Root>
      </div>
    ),
  },
  {
    name: "popover",
    above: true,
    View: () => (
      <div className="h-40">
        <Popover.Root open onOpenChange={nothing}>
          <Popover.Trigger asChild>
            <Button>Popover</Button>
          </Popover.Trigger>
          <Popover.Content align="start" aria-label="Colour" className="p-3">
            <HueField label="Colour" value={200} onChange={nothing} />
          </Popover.Content>
        </Popover.Root>
      </div>
    ),
  },
  {
    name: "tip",
    above: true,
    View: () => (
      <div className="flex h-24 justify-center">
        <Focused>
          <Tip label="Archive it" keys="shift+e" side="end">
            <Button>focused</Button>
          </Tip>
        </Focused>
      </div>
    ),
  },
  {
    name: "toast",
    above: true,
    View: () => {
      useEffect(() => {
        toast("3 closed", { action: { label: "Undo", onClick: nothing }, duration: Number.POSITIVE_INFINITY });
        toast.error("That did not work. Nothing was changed.", { duration: Number.POSITIVE_INFINITY });
      }, []);
      return <div className="h-40" />;
    },
  },
  {
    name: "dialog",
    above: true,
    View: () => (
      <Dialog open onOpenChange={nothing} title="A dialog">
        <div className="flex flex-col gap-4">
          <TextField label="Name" value="Wanda" onChange={nothing} />
          <div className="flex justify-end gap-2">
            <Button variant="ghost">Cancel</Button>
            <Button variant="primary">Save</Button>
          </div>
        </div>
      </Dialog>
    ),
  },
  {
    name: "drawer",
    above: true,
    View: () => (
      <Drawer open onOpenChange={nothing} title="A drawer" className="w-[min(360px,100vw)]">
        <p className="text-sm text-ink-2">{LONG}</p>
      </Drawer>
    ),
  },
  {
    name: "confirm",
    above: true,
    View: () => (
      <ConfirmDialog
        open
        onOpenChange={nothing}
        title="Delete Wanda Weiss?"
        text="Their conversations stay. This cannot be undone."
        confirm="Delete"
        danger
        onConfirm={async () => {}}
      />
    ),
  },
  { name: "attributes", View: Attributes },
  { name: "problem", View: () => <Problem>A workspace has at most 200 teams. {LONG}</Problem> },
  { name: "form-dialog", above: true, View: FormAbove },
  { name: "resume", above: true, View: () => <ResumeDialog onClose={nothing} /> },
  { name: "call", above: true, View: () => <LogCall contactId="con_1" onClose={nothing} /> },
];

function FormAbove() {
  const [text, set] = useState("Northwind Studio");
  const submit = useSubmit();
  const problem = new ApiError({ status: 409, code: "", title: "", detail: "A workspace has at most 200 teams.", fields: [], request_id: null });
  return (
    <FormDialog title="New team" submit={{ ...submit, problem }} onClose={nothing} work={async () => {}}>
      <TextField label="Name" value={text} onChange={set} error="There is a team of this name already." />
    </FormDialog>
  );
}

function Fields() {
  const [text, set] = useState("Northwind Studio");
  return (
    <div className="grid grid-cols-2 gap-4 max-md:grid-cols-1">
      <TextField label="Name" value={text} onChange={set} hint="Your team sees this name." />
      <TextField label="Optional" optional value="" onChange={nothing} placeholder="A placeholder" />
      <TextField label="Wrong" value="not an address" onChange={nothing} error="Enter an email address such as name@example.com." />
      <TextField label="Read only" value="mara@northwind.example" onChange={nothing} readOnly />
      <PasswordField label="Password" value="correct-horse" onChange={nothing} hint="At least 10 characters." />
      <TextField label="Disabled" value={LONG} onChange={nothing} disabled />
      <AreaField label="Note" value={LONG} onChange={nothing} />
      <AreaField label="Wrong note" value="" onChange={nothing} error="Write something." />
      <ChoiceField
        label="Language"
        value="en"
        onChange={nothing}
        options={[
          { value: "en", label: "English" },
          { value: "de", label: "Deutsch" },
        ]}
      />
      <ChoiceField label="Wrong choice" value="" onChange={nothing} options={[{ value: "", label: "Choose…" }]} error="Choose one." />
      <CopyField label="Key" value="sk_live_3fA9" hint="Copy it now." />
      <CopyField label="Code" value={'<script src="/widget.js"></script>\n<switchboard-chat></switchboard-chat>'} multiline />
    </div>
  );
}

function Choices() {
  const [on, set] = useState(true);
  return (
    <div className="grid grid-cols-2 gap-4 max-md:grid-cols-1">
      <SwitchField label="On" hint="With a hint that says what it does." checked={on} onChange={set} />
      <SwitchField label="Off" checked={false} onChange={nothing} />
      <SwitchField label="Disabled" checked disabled onChange={nothing} />
      <SwitchField label="Wrong" checked={false} onChange={nothing} error="This cannot be switched on." />
      <CheckField label="Checked" hint="With a hint." checked onChange={nothing} />
      <CheckField label="Not checked" checked={false} onChange={nothing} />
      <CheckField label="Disabled" checked disabled onChange={nothing} />
      <Row>
        <Switch label="On" checked onChange={nothing} />
        <Switch label="Off" checked={false} onChange={nothing} />
        <Switch label="Disabled" checked disabled onChange={nothing} />
      </Row>
      <HueField label="Colour" value={120} onChange={nothing} />
    </div>
  );
}

function Attributes() {
  return (
    <div className="grid grid-cols-2 gap-8 max-md:grid-cols-1">
      <AttributeFields definitions={attributes.definitions} values={attributes.values} onSave={refused} />
      <AttributeFields definitions={attributes.definitions} values={{}} onSave={refused} />
      <AttributeFields definitions={attributes.definitions} values={attributes.values} onSave={refused} readOnly />
      <Pressed name="Seats">
        <AttributeFields definitions={attributes.definitions.slice(0, 2)} values={attributes.values} onSave={refused} />
      </Pressed>
    </div>
  );
}
const refused = () => Promise.reject(new Error("refused"));

/** With one of its buttons pressed, as its name begins. */
function Pressed({ name, children }: { name: string; children: ReactNode }) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => [...(box.current?.querySelectorAll("button") ?? [])].find((b) => b.textContent?.startsWith(name))?.click(), [name]);
  return <div ref={box}>{children}</div>;
}
