/**
 * The HTML part of the PIN mail, an Eta template. It loads nothing, works without its style sheet, and follows the
 * reader's choice of light or dark. The PIN is spaced by CSS alone, so that copying it copies only its digits.
 */
export const pinMailHtml = `<!doctype html>
<html lang="en" dir="ltr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<meta name="format-detection" content="telephone=no, date=no, address=no, email=no, url=no">
<title><%= it.key.subject %></title>
<style>
  :root { color-scheme: light dark; supported-color-schemes: light dark; }
  @media (max-width: 520px) {
    .page { padding: 0 !important; }
    .card { border-radius: 0 !important; border-left: 0 !important; border-right: 0 !important; }
    .inside { padding: 28px 22px !important; }
    .title { font-size: 20px !important; }
    .pin { font-size: 34px !important; }
  }
  @media (prefers-color-scheme: dark) {
    .page, body { background-color: #121514 !important; }
    .card { background-color: #1b1f1e !important; border-color: #2e3432 !important; }
    .ink { color: #e9ecea !important; }
    .soft { color: #a9b2ae !important; }
    .box { background-color: #111413 !important; border-color: #3a423f !important; }
    .line { border-color: #2e3432 !important; }
    .step { background-color: #2b3330 !important; color: #e9ecea !important; }
  }
</style>
</head>
<body style="margin:0;padding:0;background-color:#f3f4f2;-webkit-text-size-adjust:100%;">
<div style="display:none;max-height:0;overflow:hidden;mso-hide:all;font-size:1px;line-height:1px;opacity:0;">For you only: what you need to use the security key that is on its way to you.<%~ '&#847;&zwnj;&nbsp;'.repeat(80) %></div>
<table role="presentation" class="page" width="100%" cellpadding="0" cellspacing="0" border="0" style="background-color:#f3f4f2;padding:32px 16px;">
<tr><td align="center">
<table role="presentation" class="card" width="100%" cellpadding="0" cellspacing="0" border="0" style="max-width:560px;background-color:#ffffff;border:1px solid #e1e4e1;border-radius:10px;">
<tr><td class="inside" style="padding:40px 44px;font-family:-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;font-size:16px;line-height:1.55;">
<h1 class="title ink" style="margin:0 0 20px;font-size:22px;line-height:1.3;font-weight:600;color:#1d2422;"><%= it.key.title %></h1>
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
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="margin:0 0 28px;">
<% [
  'When the sign-in page asks for your security key, plug the key into your computer. If the key supports NFC, you can also hold it to the back of your phone.',
  'Enter the PIN above when prompted.',
  'Touch the metal part of the key when it blinks.',
].forEach((words, index) => { %>
<tr>
<td valign="top" width="36" style="padding:0 0 10px;"><span class="step" style="display:inline-block;width:24px;height:24px;border-radius:12px;background-color:#e7ece9;color:#1d2422;font-size:13px;line-height:24px;font-weight:600;text-align:center;"><%= index + 1 %></span></td>
<td valign="top" class="ink" style="padding:0 0 10px;color:#1d2422;"><%= words %></td>
</tr>
<% }) %>
</table>
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
</td></tr>
</table>
</td></tr>
</table>
</body>
</html>
`;
