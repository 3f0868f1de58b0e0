import { ChevronDown, Clock, SendHorizontal } from "lucide-react";
import { useTranslation } from "react-i18next";
import { Button, Menu } from "@/ui";

interface Props {
  note: boolean;
  busy: boolean;
  disabled: boolean;
  /** Why it cannot be pressed. */
  reason?: string;
  /** It leaves some other day. */
  later?: boolean;
  onSend: (after?: "close" | "snooze") => void;
  onLater: () => void;
}

export function SendButton({ note, busy, disabled, reason, later, onSend, onLater }: Props) {
  const { t } = useTranslation("composer");
  const off = disabled || busy;
  const verb = note ? t("send.note") : t(later ? "send.schedule" : "send.send");
  return (
    <span className="flex" title={off ? reason : undefined}>
      <Button
        variant="primary"
        size="sm"
        loading={busy}
        disabled={off}
        title={off ? undefined : `${verb} (⌘↵)`}
        onClick={() => onSend()}
        className={`max-md:h-11 ${note ? "" : "rounded-e-none"}`}
      >
        {verb}
        {later && !note ? <Clock className="!size-3.5" aria-hidden /> : <SendHorizontal className="!size-3.5" aria-hidden />}
      </Button>
      {!note && (
        <Menu.Root>
          <Menu.Trigger asChild>
            <Button variant="primary" size="sm" disabled={off} aria-label={t("send.more")} className="rounded-s-none border-s border-accent-fg/25 !px-1.5 max-md:h-11">
              <ChevronDown className="!size-3.5" aria-hidden />
            </Button>
          </Menu.Trigger>
          <Menu.Content align="end">
            <Menu.Item onSelect={() => onSend("close")}>
              <span className="flex-1">{t("send.close")}</span>
              <kbd className="text-2xs text-ink-3">⌘⇧↵</kbd>
            </Menu.Item>
            <Menu.Item onSelect={() => onSend("snooze")}>{t("send.snooze")}</Menu.Item>
            <Menu.Item onSelect={onLater}>{t("send.later")}</Menu.Item>
          </Menu.Content>
        </Menu.Root>
      )}
    </span>
  );
}
