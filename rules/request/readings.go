package request

func (p *reading) readOthers(string) *Refusal {
	return bad("the path can be read in more than one way")
}
