export const styles = `
:host{all:initial;display:contents}
.root{--bg:#fff;--fg:#26221e;--mu:#6b655f;--ln:#e4e0db;--ct:#8d867e;--in:#f3f1ee;--bad:#b3261e;--badbg:#fdf0ee;--warn:#6a4a08;--warnbg:#fdf3dc;--good:#2e9e5b;font:15px/1.45 ui-sans-serif,system-ui,-apple-system,"Segoe UI",sans-serif;color:var(--fg);color-scheme:light;text-align:start;-webkit-text-size-adjust:100%}
.root.dark{--bg:#211f1d;--fg:#f1eee9;--mu:#aaa39b;--ln:#3a3633;--ct:#857e77;--in:#312e2b;--bad:#ff9d92;--badbg:#3b2421;--warn:#f0cf8a;--warnbg:#3a3020;color-scheme:dark}
*,*::before,*::after{box-sizing:border-box;font:inherit;color:inherit;letter-spacing:inherit}
[hidden]{display:none!important}
button{border:0;background:none;cursor:pointer;padding:0;margin:0}
h2,p,ul{margin:0;padding:0;list-style:none}
:focus-visible{outline:2px solid var(--fg);outline-offset:2px}
.w:focus{outline:none}
.fab{position:fixed;z-index:2147483000;bottom:20px;right:20px;width:56px;height:56px;border-radius:50%;background:var(--a);color:var(--i);box-shadow:0 1px 3px #0003,0 8px 26px -6px #0006;display:grid;place-items:center;transition:transform .14s cubic-bezier(.2,.8,.2,1)}
.fab:hover{transform:scale(1.04)}.fab:active{transform:scale(.97)}
.fab svg{width:26px;height:26px}
.left .fab{right:auto;left:20px}
.n{position:absolute;top:-3px;right:-3px;min-width:20px;height:20px;padding:0 5px;border-radius:10px;background:#c02e23;color:#fff;font-size:12px;line-height:20px;font-weight:600;text-align:center;box-shadow:0 0 0 2px var(--bg)}
.w{position:fixed;z-index:2147483000;right:20px;bottom:88px;width:min(384px,calc(100vw - 40px));height:min(620px,calc(100dvh - 108px));background:var(--bg);border-radius:16px;box-shadow:0 0 0 1px #0000000f,0 24px 70px -16px #0007;display:flex;flex-direction:column;overflow:hidden;animation:up .16s cubic-bezier(.2,.8,.2,1)}
.dark .w{box-shadow:0 0 0 1px #ffffff1f,0 24px 70px -16px #000}
.left .w{right:auto;left:20px}
.embedded .fab,.embedded .w{position:absolute;z-index:1}
.embedded .w{width:min(384px,calc(100% - 40px));height:min(620px,calc(100% - 108px))}
@keyframes up{from{opacity:0;transform:translateY(8px)}}
header{background:var(--a);color:var(--i);padding:14px 64px 14px 20px;flex:none}
header:focus-visible,header :focus-visible{outline-color:var(--i)}
h2{font-size:17px;line-height:24px;font-weight:650;overflow-wrap:anywhere;display:-webkit-box;-webkit-line-clamp:2;-webkit-box-orient:vertical;overflow:hidden}
header p{font-size:13px;line-height:18px;margin-top:1px}
header p::before{content:"";display:inline-block;width:8px;height:8px;border-radius:50%;margin-inline-end:7px;border:1.5px solid var(--i)}
header p.on::before{background:var(--i)}
.x{position:absolute;right:10px;top:9px;width:44px;height:44px;border-radius:10px;color:var(--i);display:grid;place-items:center}
.x:hover{background:#0000001f}.x svg{width:20px;height:20px}
.x:focus-visible{outline-color:var(--i);outline-offset:-4px}
.o{background:var(--warnbg);color:var(--warn);padding:9px 20px;font-size:13px;line-height:18px;flex:none}
.l{flex:1;min-height:0;overflow:hidden auto;overscroll-behavior:contain;padding:16px;display:flex;flex-direction:column;gap:3px}
.l:focus-visible{outline-offset:-3px}
.l>:first-child{margin-top:auto}
.d{align-self:center;color:var(--mu);font-size:12px;padding:10px 0 6px}
.g{display:flex;flex-direction:column;align-items:flex-start;max-width:84%;align-self:flex-start}
.g.me{align-items:flex-end;align-self:flex-end}
.by{font-size:12px;line-height:16px;color:var(--mu);margin:8px 4px 4px;overflow-wrap:anywhere}
.m{padding:9px 13px;border-radius:16px;background:var(--in);white-space:pre-wrap;overflow-wrap:anywhere;max-width:100%}
.me .m{background:var(--a);color:var(--i)}
.end .m:last-of-type{border-end-start-radius:5px}.me.end .m:last-of-type{border-end-start-radius:16px;border-end-end-radius:5px}
.m a{text-decoration:underline;text-underline-offset:2px;overflow-wrap:anywhere}
.s{align-self:center;text-align:center;color:var(--mu);font-size:13px;padding:6px 12px;overflow-wrap:anywhere}
.f{display:flex;align-items:center;gap:10px;min-height:44px;padding:7px 12px;border-radius:12px;border:1px solid var(--ln);background:var(--bg);text-decoration:none;max-width:100%;margin-top:2px}
.f svg{width:20px;height:20px;flex:none;color:var(--mu)}
.f span{min-width:0}.f b{display:block;font-weight:500;font-size:14px;line-height:18px;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.f small{display:block;font-size:12px;line-height:16px;color:var(--mu)}
a.f:hover{background:var(--in)}
.im{display:block;border-radius:14px;overflow:hidden;margin-top:2px;max-width:100%;background:var(--in)}
.im img{display:block;max-width:240px;max-height:240px;width:auto;height:auto;object-fit:contain}
@media(max-width:480px){.im img{max-width:100%}}
.st{font-size:12px;line-height:16px;color:var(--mu);margin:3px 4px 2px}
button.st{color:var(--bad);text-decoration:underline;text-underline-offset:2px;min-height:24px;text-align:end}
.ty{display:flex;gap:8px;align-items:center;color:var(--mu);font-size:12px;padding:0 20px 10px;flex:none}
.dots{display:flex;gap:3px}.dots i{width:6px;height:6px;border-radius:3px;background:var(--mu);animation:dot 1.1s infinite}
.dots i:nth-child(2){animation-delay:.15s}.dots i:nth-child(3){animation-delay:.3s}
@keyframes dot{0%,60%,100%{opacity:.3}30%{opacity:1}}
form{flex:none}
.c{border-top:1px solid var(--ln);padding:8px}
.row{display:flex;gap:4px;align-items:flex-end}
textarea,input{font-size:16px;line-height:22px;background:var(--bg);border:1px solid var(--ct);border-radius:12px;padding:10px 12px;margin:0;width:100%;min-width:0;appearance:none}
textarea{resize:none;max-height:132px;min-height:44px;flex:1;overflow-y:auto;display:block}
textarea:focus-visible,input:focus-visible{outline:2px solid color-mix(in oklab,var(--a) 65%,var(--fg));outline-offset:-1px}
::placeholder{color:var(--mu);opacity:1}
.b{width:44px;height:44px;flex:none;border-radius:12px;display:grid;place-items:center;color:var(--mu)}
.b:hover{background:var(--in);color:var(--fg)}.b svg{width:20px;height:20px}
.b.go{background:var(--a);color:var(--i);border-radius:50%}
.b.go:disabled{background:var(--in);color:var(--mu);cursor:default}
.u{display:flex;flex-direction:column;gap:6px;padding:0 0 8px}
.u li{display:flex;align-items:center;gap:8px;border:1px solid var(--ln);border-radius:10px;padding-inline-start:12px;font-size:13px;line-height:18px;min-height:44px;position:relative;overflow:hidden}
.u li>span{flex:1;min-width:0;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.u li.bad{background:var(--badbg);color:var(--bad)}.u li.bad>span{white-space:normal;overflow-wrap:anywhere;padding:6px 0}
.u progress{position:absolute;left:0;right:0;bottom:0;width:100%;height:3px;appearance:none;border:0;background:var(--in)}
.u progress::-webkit-progress-bar{background:var(--in)}.u progress::-webkit-progress-value{background:var(--a)}.u progress::-moz-progress-bar{background:var(--a)}
.u .t{text-decoration:underline;min-height:44px;padding:0 4px}
.pre{padding:20px;display:flex;flex-direction:column;gap:14px;overflow:auto;flex:1;min-height:0}
.pre p{overflow-wrap:anywhere}.pre label{display:block;font-size:13px;line-height:18px;font-weight:550;margin-bottom:5px}
.pre label i{font-style:normal;font-weight:400;color:var(--mu)}
.pre input[aria-invalid=true]{border-color:var(--bad)}
.er{color:var(--bad);font-size:13px;line-height:18px;margin-top:5px}
.p{background:var(--a);color:var(--i);border-radius:10px;min-height:44px;padding:8px 16px;font-weight:600}
.q{border-radius:10px;min-height:44px;padding:8px 16px;color:var(--mu)}.q:hover{background:var(--in)}
.hint{color:var(--mu);font-size:14px}
.dz{position:absolute;inset:8px;border:2px dashed var(--ct);border-radius:12px;background:var(--bg);display:grid;place-items:center;font-weight:550;z-index:2;opacity:.96;pointer-events:none}
.sr{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
@media(pointer:coarse){button.st{min-height:44px}}
@media(max-width:480px){
.root:not(.embedded) .w{inset:0;width:100%;height:var(--vh,100dvh);border-radius:0;animation:none;padding-bottom:env(safe-area-inset-bottom)}
.root:not(.embedded).is-open .fab{display:none}}
@media(prefers-reduced-motion:reduce){*,*::before,*::after{animation:none!important;transition:none!important}.dots i{opacity:.7}}
@media(forced-colors:active){.fab,.w,.m,.b.go{border:1px solid}}
@media print{.root{display:none}}
`.replace(/\n/g, "");
