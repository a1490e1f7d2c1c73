/** The plain part of the PIN mail, an Eta template. The PIN is its only run of four or more digits. */
export const pinMailText = `<%= it.greeting %>


Your organization has chosen a YubiKey for you: a small security key that
you use to sign in. It comes to you by post from Yubico, the maker of the
key. It may already be with you.

To use it you need this PIN:

    <%= it.pin %>


HOW TO SIGN IN WITH IT

1. When the sign-in page asks for your security key, plug the key into your
   computer. A key with NFC can be held to the back of your phone instead.
2. Type the PIN above when you are asked for it.
3. Touch the metal part of the key when it blinks.


KEEP THE PIN TO YOURSELF

- Nobody will ever ask you for it: not your IT department and not Yubico.
  Whoever asks wants to sign in as you.
- Do not forward this message. Delete it once you know the PIN.
- Take care when typing: after three wrong tries take the key out and put it
  in again. Eight wrong tries in a row lock it for good.


YOU DID NOT EXPECT THIS?

Then do not use the key, and tell your IT support, by a number or address
that you already know. They can also help if no key arrives.
`;
