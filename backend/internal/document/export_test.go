package document

// Shrink divides the bounds of what the document may unfold to, so that tests of them need not be so large.
func (d *Document) Shrink(by int) {
	d.part, d.left, d.text = d.part/int64(by), d.left/int64(by), d.text/by
}
