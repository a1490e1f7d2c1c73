/** The plain part of the PIN mail, an Eta template. The PIN is its only run of four or more digits. */
export const pinMailText = `<%= it.greeting %>


Your organization is sending you a YubiKey, a small security key for
signing in. It ships from Yubico, the manufacturer, and may already have
arrived.

This is the PIN of your <%= it.key.name %>:

    <%= it.pin %>

<% if (it.key.serialEnd !== null) { %>The serial number printed on that key ends in <%= it.key.serialEnd %>.
<% } %><%= it.key.other %>


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


YOU HAVE EIGHT TRIES

- After three wrong PINs in a row, remove the key and insert it again.
- After eight wrong PINs in a row the key is locked for good, and you need
  another key. If the PIN is not accepted, check that it is for this key.


NOT EXPECTING THIS?

Do not use the key. Contact your IT support at a phone number or address
that you already know. They can also help if no key arrives.
`;
