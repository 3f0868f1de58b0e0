import { Button, type ButtonProps } from "./Button";
import type { Side } from "./sides";
import { Tip } from "./Tip";

interface Props extends Omit<ButtonProps, "size"> {
  label: string;
  size?: "sm";
  /** As in the keymap: "mod+k", "g i". */
  keys?: string;
  side?: Side;
}

/** A button of one icon; its name shows on hover and focus. */
export function IconButton({ label, size, keys, side, ...rest }: Props) {
  return (
    <Tip label={label} keys={keys} side={side}>
      <Button variant="ghost" size={size === "sm" ? "iconSm" : "icon"} aria-label={label} {...rest} />
    </Tip>
  );
}
