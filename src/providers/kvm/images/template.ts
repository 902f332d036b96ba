import { BadImage } from './bad-image.ts'
import type { ImageHeader } from './header.ts'

/**
 * Throws `BadImage` for an image that a template must not be made of: one that needs another file (which
 * could be any file of the hypervisor), is encrypted, damaged, or was not closed. `backing: true` takes a
 * backing file all the same.
 */
export function requireTemplate(header: ImageHeader, options: { readonly backing?: boolean } = {}): void {
  if (header.format === 'raw') return
  const { backing, dataFile, encryption } = header
  if (backing && options.backing !== true)
    throw new BadImage(
      'backing',
      `the image is a change of another one (${quoted(backing.file)}), which a template must not need; ` +
        'make one image of both with: qemu-img convert -O qcow2 <image> <new>.qcow2',
      { backing: backing.file },
    )
  if (dataFile)
    throw new BadImage(
      'backing',
      `the image keeps its data in another file (${quoted(dataFile.name ?? 'not named')}); ` +
        'make one file of both with: qemu-img convert -O qcow2 <image> <new>.qcow2',
    )
  if (encryption !== 'none')
    throw new BadImage(
      'encrypted',
      'the image is encrypted, and no clone of it would have the key; decrypt it',
    )
  if (header.corrupt || header.dirty)
    throw new BadImage(
      'damaged',
      header.corrupt
        ? 'the image is marked as damaged; repair it with: qemu-img check -r all <image>'
        : 'the image was not closed: stop what writes to it, or repair it with: qemu-img check -r all <image>',
    )
}

/** A name that a stranger wrote, fit to print. */
function quoted(text: string): string {
  const clean = text.replaceAll(/[^\x20-\x7e\u00a0-\u2027\u2070-\uffff]+/g, ' ')
  return JSON.stringify(clean.length > 200 ? `${clean.slice(0, 200)}…` : clean)
}
