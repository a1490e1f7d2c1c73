/** The plain part of the welcome mail, an Eta template. */
export const welcomeMailText = `<%= it.greeting %>


Your organization uses security keys for signing in, and has added you to
the people who may get one. You need not do anything now.


WHAT HAPPENS NEXT

- When a key is ordered for you, Yubico, its manufacturer, ships it to the
  address that your organization has for you.
- The PIN of the key comes in a mail of its own. If you move or change your
  name before that, tell your IT support.
- Until then, sign in as you do now.


GOOD TO KNOW

- This message has no link and asks for nothing. A message that asks you to
  sign in, pay or confirm a delivery for your key is not from us.
- No one will ever ask you for the PIN of your key.


QUESTIONS, OR NOT EXPECTING THIS?

Contact your IT support at a phone number or address that you already know.
`;
