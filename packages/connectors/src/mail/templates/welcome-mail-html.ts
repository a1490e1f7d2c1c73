import { mailPage, numberedSteps } from './mail-page.ts';

/** The HTML part of the welcome mail. */
export const welcomeMailHtml = mailPage({
  title: 'it.subject',
  preview: 'Nothing to do now: what happens when a security key is ordered for you.',
  body: `<h1 class="title ink" style="margin:0 0 20px;font-size:22px;line-height:1.3;font-weight:600;color:#1d2422;"><%= it.subject %></h1>
<p class="ink" style="margin:0 0 14px;color:#1d2422;"><%= it.greeting %></p>
<p class="ink" style="margin:0 0 32px;color:#1d2422;">Your organization uses <strong>security keys</strong> for signing in, and has added you to the people who may get one. You need not do anything now.</p>
<h2 class="ink" style="margin:0 0 12px;font-size:16px;line-height:1.4;font-weight:600;color:#1d2422;">What happens next</h2>
${numberedSteps([
  'When a key is ordered for you, Yubico, its manufacturer, ships it to the address that your organization has for you.',
  'The PIN of the key comes in a mail of its own. If you move or change your name before that, tell your IT support.',
  'Until then, sign in as you do now.',
])}
<h2 class="ink" style="margin:0 0 12px;font-size:16px;line-height:1.4;font-weight:600;color:#1d2422;">Good to know</h2>
<ul class="ink" style="margin:0 0 28px;padding:0 0 0 20px;color:#1d2422;">
<li style="margin:0 0 8px;">This message has no link and asks for nothing. A message that asks you to sign in, pay or confirm a delivery for your key is not from us.</li>
<li style="margin:0;"><strong>No one will ever ask you for the PIN</strong> of your key.</li>
</ul>
<div class="line" style="border-top:1px solid #e1e4e1;padding-top:20px;">
<h2 class="ink" style="margin:0 0 6px;font-size:14px;line-height:1.4;font-weight:600;color:#1d2422;">Questions, or not expecting this?</h2>
<p class="soft" style="margin:0;font-size:14px;line-height:1.5;color:#55605b;">Contact your IT support at a phone number or address that you already know.</p>
</div>
`,
});
