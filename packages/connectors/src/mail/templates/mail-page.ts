export interface MailPage {
  /** The expression of the template's title. */
  title: string;
  /** What mail programs show beside the subject. */
  preview: string;
  /** The template of what is inside the frame. */
  body: string;
}

const styles = `<style>
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
</style>`;

/**
 * The HTML part of a mail, an Eta template. It loads nothing, works without its style sheet, and follows the reader's choice
 * of light or dark.
 */
export const mailPage = ({ title, preview, body }: MailPage): string => `<!doctype html>
<html lang="en" dir="ltr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<meta name="format-detection" content="telephone=no, date=no, address=no, email=no, url=no">
<title><%= ${title} %></title>
${styles}
</head>
<body style="margin:0;padding:0;background-color:#f3f4f2;-webkit-text-size-adjust:100%;">
<div style="display:none;max-height:0;overflow:hidden;mso-hide:all;font-size:1px;line-height:1px;opacity:0;">${preview}<%~ '&#847;&zwnj;&nbsp;'.repeat(80) %></div>
<table role="presentation" class="page" width="100%" cellpadding="0" cellspacing="0" border="0" style="background-color:#f3f4f2;padding:32px 16px;">
<tr><td align="center">
<table role="presentation" class="card" width="100%" cellpadding="0" cellspacing="0" border="0" style="max-width:560px;background-color:#ffffff;border:1px solid #e1e4e1;border-radius:10px;">
<tr><td class="inside" style="padding:40px 44px;font-family:-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;font-size:16px;line-height:1.55;">
${body}</td></tr>
</table>
</td></tr>
</table>
</body>
</html>
`;

/** A list of steps, each with its number in a circle; the words are ours, and plain text. */
export const numberedSteps = (
  steps: readonly string[],
): string => `<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="margin:0 0 28px;">
${steps.map(numberedStep).join('\n')}
</table>`;

const numberedStep = (words: string, index: number): string => `<tr>
<td valign="top" width="36" style="padding:0 0 10px;"><span class="step" style="display:inline-block;width:24px;height:24px;border-radius:12px;background-color:#e7ece9;color:#1d2422;font-size:13px;line-height:24px;font-weight:600;text-align:center;">${index + 1}</span></td>
<td valign="top" class="ink" style="padding:0 0 10px;color:#1d2422;">${words}</td>
</tr>`;
