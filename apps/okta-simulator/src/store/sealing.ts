import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

export interface Sealing {
  seal: (clear: string) => string;
  /** Throws if the text was tampered with or the key is another. */
  unseal: (sealed: string) => string;
}

/** AES-256-GCM with a new nonce for each text; `key` is 32 bytes in hexadecimal. Format: nonce.tag.ciphertext. */
export function createSealing(key: string): Sealing {
  const keyBytes = Buffer.from(key, 'hex');
  return {
    seal: (clear) => {
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', keyBytes, nonce);
      const ciphertext = Buffer.concat([cipher.update(clear, 'utf8'), cipher.final()]);
      return [nonce, cipher.getAuthTag(), ciphertext].map((part) => part.toString('base64url')).join('.');
    },
    unseal: (sealed) => {
      const [nonce = '', tag = '', ciphertext = ''] = sealed.split('.');
      const decipher = createDecipheriv('aes-256-gcm', keyBytes, Buffer.from(nonce, 'base64url'), {
        authTagLength: 16,
      });
      decipher.setAuthTag(Buffer.from(tag, 'base64url'));
      return decipher.update(ciphertext, 'base64url', 'utf8') + decipher.final('utf8');
    },
  };
}
