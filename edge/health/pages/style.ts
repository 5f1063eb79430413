/** Greys for what is normal, one blue for what can be clicked, colour for what deviates: as the pages of the cloud have it. */
export const style = `
:root{color-scheme:light dark;--ground:#f5f6f7;--surface:#fff;--line:#dde1e5;--edge:#7d8790;--text:#1b2026;--quiet:#59626c;
--accent:#2360a5;--on-accent:#fff;--waiting:#855300;--down:#b3261e}
@media(prefers-color-scheme:dark){:root{--ground:#121518;--surface:#1a1e22;--line:#2e343a;--edge:#7b858f;--text:#e7eaed;
--quiet:#a3acb5;--accent:#82b4ec;--on-accent:#10161d;--waiting:#e3b45a;--down:#f28b82}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--text);font:14px/1.5 system-ui,"PingFang SC","Microsoft YaHei","Noto Sans SC",sans-serif;
overflow-wrap:anywhere}
header,nav.pages,main{max-width:72rem;margin:0 auto;padding:0 1rem}
header{display:flex;justify-content:space-between;align-items:center;gap:1rem;min-height:3rem}
.owner{margin:0;font-weight:600}.tools{display:flex;align-items:center;gap:.25rem;white-space:nowrap}
nav.pages{display:flex;flex-wrap:wrap;border-bottom:1px solid var(--line)}
a{color:var(--accent)}
nav.pages a,.tools a,.paging a{display:inline-flex;align-items:center;min-height:44px;padding:0 .75rem;text-decoration:none}
nav.pages a[aria-current]{color:var(--text);font-weight:600;box-shadow:inset 0 -2px var(--accent)}
main{padding-bottom:3rem}
h1{font-size:1.25rem;margin:1.25rem 0 .75rem}h2{font-size:1rem;margin:0 0 .5rem}p{margin:.25rem 0}
.quiet,small,dt,thead th{color:var(--quiet)}
small{display:block;font-weight:400}
.mark{white-space:nowrap}.mark.waiting{color:var(--waiting)}.mark.bad{color:var(--down)}.mark.plain>span{color:var(--quiet)}
.verdict{font-size:1.1rem}.verdict .mark,p>.mark{white-space:normal}
.bad-list{list-style:none;margin:.5rem 0;padding:0}
.bad-list li{padding:.5rem 0;border-top:1px solid var(--line)}
.bad-list span:not(.mark,.mark *){display:block}
.bad-list a,.card p>a{display:inline-flex;align-items:center;min-height:44px}
dl{margin:0}dd{margin:0}
.facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(20rem,100%),1fr));gap:0 2rem;margin-top:1rem}
.facts>div{border-top:1px solid var(--line);padding:.5rem 0}
meter{width:100%;height:.75rem}
.said{color:var(--quiet);font-size:.85rem}
.card{background:var(--surface);border:1px solid var(--line);border-radius:4px;padding:.75rem 1rem;margin:.75rem 0}
.figures{display:flex;flex-wrap:wrap;gap:.25rem 2rem}.reason>div{display:grid;grid-template-columns:4.5rem 1fr;gap:.5rem}
.reason{margin-bottom:.5rem}
table{border-collapse:collapse;width:100%;margin:.5rem 0}
th,td{text-align:left;vertical-align:top;padding:.35rem .75rem .35rem 0;border-bottom:1px solid var(--line);font-weight:400}
th:last-child,td:last-child{padding-right:0}
thead th{overflow-wrap:normal}
.n{text-align:right;font-variant-numeric:tabular-nums}
time,code{font-variant-numeric:tabular-nums}
.log td:first-child{white-space:nowrap}
.empty{padding:2rem 0;color:var(--quiet)}
form.filter{display:flex;flex-wrap:wrap;gap:.5rem 1rem;align-items:end;margin:.5rem 0}
label{display:block;color:var(--quiet)}
input,select,button{font:inherit;font-size:16px;color:var(--text);background:var(--surface);border:1px solid var(--edge);border-radius:4px;
min-height:44px;padding:0 .75rem;max-width:100%}
label>input,label>select{display:block}
button{cursor:pointer;background:var(--accent);border-color:var(--accent);color:var(--on-accent)}
button.plain{background:none;border-color:transparent;color:var(--accent);font-size:inherit}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
.paging{display:flex;align-items:center;gap:1rem;margin:1rem 0}
.sign-in{max-width:22rem;margin:2rem 0}.sign-in input,.sign-in button{width:100%;margin:.25rem 0 .75rem}
pre{background:var(--surface);border:1px solid var(--line);padding:.5rem .75rem;white-space:pre-wrap;margin:.25rem 0}
.alert,#offline{border-left:3px solid var(--down);background:var(--surface);padding:.5rem .75rem}
body.offline [data-live]{opacity:.55}
fieldset{border:1px solid var(--line);border-radius:4px;margin:.5rem 0;padding:.25rem .75rem .75rem;display:flex;flex-wrap:wrap;gap:.5rem 1rem;align-items:end}
legend{color:var(--quiet)}fieldset>.quiet,fieldset>details{flex-basis:100%}details{color:var(--quiet)}summary{min-height:44px;padding:.6rem 0;cursor:pointer}
.panel-row{display:grid;grid-template-columns:minmax(8rem,22rem) minmax(8rem,14rem);gap:.25rem 1rem;align-items:center;margin:.35rem 0}
.panel-row label{color:var(--text)}.panel-row input{width:100%}
.actions{display:flex;flex-wrap:wrap;gap:.5rem 1rem;align-items:center;margin:.75rem 0}
label.tick{display:flex;align-items:center;gap:.5rem;min-height:44px;color:var(--text);flex-basis:100%}
.tick input{min-height:0;width:1.25rem;height:1.25rem;flex:none;margin:0}
.look-again label{display:inline-flex;align-items:center;min-height:44px;margin:0 .25rem;padding:0 .5rem;color:var(--accent);text-decoration:underline;cursor:pointer}
.panel~h2,main>h2{margin-top:1.25rem}
a.write{display:inline-flex;align-items:center;min-height:24px}.actions a{display:inline-flex;align-items:center;min-height:44px}
.write-form label{flex:1 1 14rem}.write-form input,.write-form select{width:100%}.facts ul{margin:0;padding-left:1.1rem}
@media(max-width:40rem){a.write{min-height:44px}.assist-begin>label,.assist-begin fieldset>label,.panel fieldset>label{flex:1 1 40%}
.assist-begin input,.assist-begin select,.panel input{width:100%}.panel-row{grid-template-columns:1fr 9rem}
.proposals thead{display:none}.proposals tr{display:grid;grid-template-columns:1fr auto;border-bottom:1px solid var(--line);padding:.35rem 0}
.proposals th,.proposals td{border:0;padding:.1rem 0}.proposals td:nth-child(3){grid-column:1/-1}
.proposals [data-label]::before{content:attr(data-label) ": ";color:var(--quiet)}.proposals [data-label].n{text-align:left}th,td{padding-right:.4rem}form.filter label:has(input){flex:1 1 100%}form.filter input{width:100%}
form.filter label:has(select){flex:1}form.filter select{width:100%}
.tags thead{display:none}.tags tr{display:grid;grid-template-columns:1fr auto;border-bottom:1px solid var(--line);padding:.35rem 0}
.tags th,.tags td{border:0;padding:.1rem 0}.tags td:nth-child(2){padding-left:1rem}.tags td:last-child{padding-left:1rem}
.log td,.log th{display:block;border:0;padding:.1rem 0}.log thead{display:none}
.log tr{display:block;border-bottom:1px solid var(--line);padding:.35rem 0}nav.pages a{padding:0 .6rem}}
@media(prefers-reduced-motion:no-preference){html{scroll-behavior:smooth}}
`;

/** Three bars of which one is short. */
export const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="3" fill="#2360a5"/>
<path d="M4 12V5M8 12V8M12 12V4" stroke="#fff" stroke-width="2"/></svg>`;
