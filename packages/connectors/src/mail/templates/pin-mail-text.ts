/** The plain part of the PIN mail, an Eta template. The PIN is its only run of four or more digits. */
export const pinMailText = `<%= it.greeting %>


Your organization is sending you a YubiKey, a small security key for
signing in. It ships from Yubico, the manufacturer, and may already have
arrived.

You need this PIN to use it:

    <%= it.pin %>


HOW TO SIGN IN

1. When the sign-in page asks for your security key, plug the key into your
   computer. If the key supports NFC, you can also hold it to the back of
   your phone.
2. Enter the PIN above when prompted.
3. Touch the metal part of the key when it blinks.


KEEP THE PIN TO YOURSELF

- No one will ever ask you for the PIN, neither your IT department nor
  Yubico. Anyone who does is trying to sign in as you.
- Do not forward this message. Delete it once you have memorized the PIN.
- Enter the PIN carefully. After three wrong attempts, remove the key and
  insert it again. Eight wrong attempts in a row lock the key permanently.


NOT EXPECTING THIS?

Do not use the key. Contact your IT support at a phone number or address
that you already know. They can also help if no key arrives.
`;
