import { mailPage, numberedSteps } from './mail-page.ts';

/** The HTML part of the PIN mail. The PIN is spaced by CSS alone, so that copying it copies only its digits. */
export const pinMailHtml = mailPage({
  title: 'it.key.subject',
  preview: 'For you only: what you need to use the security key that is on its way to you.',
  body: `<h1 class="title ink" style="margin:0 0 20px;font-size:22px;line-height:1.3;font-weight:600;color:#1d2422;"><%= it.key.title %></h1>
<p class="ink" style="margin:0 0 14px;color:#1d2422;"><%= it.greeting %></p>
<p class="ink" style="margin:0 0 14px;color:#1d2422;">Your organization is sending you a <strong>YubiKey</strong>, a small security key for signing in. It ships from Yubico, the manufacturer, and may already have arrived.</p>
<p class="ink" style="margin:0 0 14px;color:#1d2422;">This is the PIN of your <strong><%= it.key.name %></strong>:</p>
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="margin:0 0 14px;">
<tr><td class="box" align="center" style="padding:22px 12px;background-color:#f5f7f5;border:1px solid #d5dbd7;border-radius:8px;">
<span class="pin ink" style="display:inline-block;font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,'Liberation Mono','Courier New',monospace;font-size:40px;line-height:1.2;font-weight:600;letter-spacing:0.16em;padding-left:0.16em;white-space:nowrap;color:#1d2422;-webkit-user-select:all;user-select:all;"><%= it.pin %></span>
</td></tr>
</table>
<p class="ink" style="margin:0 0 32px;color:#1d2422;"><% if (it.key.serialEnd !== null) { %>The serial number printed on that key ends in <strong style="white-space:nowrap;"><%= it.key.serialEnd %></strong>. <% } %><%= it.key.other %></p>
<h2 class="ink" style="margin:0 0 12px;font-size:16px;line-height:1.4;font-weight:600;color:#1d2422;">How to sign in</h2>
${numberedSteps([
  'When the sign-in page asks for your security key, plug the key into your computer. If the key supports NFC, you can also hold it to the back of your phone.',
  'Enter the PIN above when prompted.',
  'Touch the metal part of the key when it blinks.',
])}
<h2 class="ink" style="margin:0 0 12px;font-size:16px;line-height:1.4;font-weight:600;color:#1d2422;">Keep the PIN to yourself</h2>
<ul class="ink" style="margin:0 0 28px;padding:0 0 0 20px;color:#1d2422;">
<li style="margin:0 0 8px;"><strong>No one will ever ask you for the PIN</strong>, neither your IT department nor Yubico. Anyone who does is trying to sign in as you.</li>
<li style="margin:0;">Do not forward this message. Delete it once you have memorized the PIN.</li>
</ul>
<h2 class="ink" style="margin:0 0 12px;font-size:16px;line-height:1.4;font-weight:600;color:#1d2422;">You have eight tries</h2>
<ul class="ink" style="margin:0 0 28px;padding:0 0 0 20px;color:#1d2422;">
<li style="margin:0 0 8px;">After three wrong PINs in a row, remove the key and insert it again.</li>
<li style="margin:0;">After <strong>eight wrong PINs in a row the key is locked for good</strong>, and you need another key. If the PIN is not accepted, check that it is for this key.</li>
</ul>
<div class="line" style="border-top:1px solid #e1e4e1;padding-top:20px;">
<h2 class="ink" style="margin:0 0 6px;font-size:14px;line-height:1.4;font-weight:600;color:#1d2422;">Not expecting this?</h2>
<p class="soft" style="margin:0;font-size:14px;line-height:1.5;color:#55605b;">Do not use the key. Contact your IT support at a phone number or address that you already know. They can also help if no key arrives.</p>
</div>
`,
});
