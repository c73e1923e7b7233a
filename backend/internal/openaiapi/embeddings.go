package openaiapi

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
	"golang.org/x/sync/errgroup"

	"gemini-proxy/backend/internal/gemini"
	"gemini-proxy/backend/internal/openai"
	"gemini-proxy/backend/internal/relay"
	"gemini-proxy/backend/internal/usage"
)

// embeddingCalls is how many batches of one request are under way at once.
const embeddingCalls = 4

// embeddings answers POST /v1/embeddings.
func (a *api) embeddings(c *gin.Context) {
	a.serve(c, "embeddings", a.embed)
}

// serve is what every endpoint but the chat's does around its own part: it finds the user key, answers a fault that came before the answer
// began, and records the request.
func (a *api) serve(c *gin.Context, api string, answer func(*gin.Context, *usage.Event, *relay.Trace) error) {
	event, ok := a.begin(c, api)
	if !ok {
		return
	}
	trace := &relay.Trace{}
	err := answer(c, event, trace)
	if err != nil && !c.Writer.Written() {
		if len(trace.Attempts) > 0 {
			setAttempts(c, trace)
		}
		respondFault(c, a.Log, err)
	}
	a.record(event, trace, c.Writer.Status(), err)
}

// setAttempts tells the client how many upstream calls its request took.
func setAttempts(c *gin.Context, trace *relay.Trace) {
	c.Writer.Header()["X-Attempts"] = []string{strconv.Itoa(len(trace.Attempts))}
}

func (a *api) embed(c *gin.Context, event *usage.Event, trace *relay.Trace) error {
	text, release, err := a.Intake.Read(c.Writer, c.Request)
	if err != nil {
		return err
	}
	defer release() // what goes upstream is a copy
	request, err := openai.ParseEmbedding(text)
	if err != nil {
		return err
	}
	event.Model = openai.BareModel(request.Model)
	if err := a.resolve(event); err != nil {
		return err
	}
	batches, tokens := request.Batches(event.Model), 0
	for i := range batches {
		tokens += batches[i].Tokens
	}
	leave, err := a.admit(c, event, tokens, trace)
	if err != nil {
		return err
	}
	defer leave()
	answers, err := a.embedBatches(c.Request.Context(), event, batches, trace)
	if err != nil {
		return err
	}
	list := request.List(batches, answers)
	trace.Usage.Prompt, trace.Usage.Total = list.PromptTokens, list.PromptTokens
	setAttempts(c, trace)
	return writeFault(sendEmbeddings(c, list))
}

// embedBatches asks for all batches, a few at once, each with a key and attempts of its own. The first that fails ends the others: a list
// with holes is of no use.
func (a *api) embedBatches(ctx context.Context, event *usage.Event, batches []openai.EmbeddingBatch, trace *relay.Trace) ([]*gemini.Embeddings, error) {
	answers := make([]*gemini.Embeddings, len(batches))
	traces := make([]relay.Trace, len(batches))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(embeddingCalls)
	for i := range batches {
		group.Go(func() error {
			batch := &batches[i]
			call := relay.Call{
				RequestID: event.RequestID, Model: event.Model, Body: batch.Request.Body(), Tokens: max(1, batch.Tokens), Trace: &traces[i],
			}
			answer, err := a.Relay.Embed(ctx, call, len(batch.Request.Texts))
			answers[i] = answer
			return err
		})
	}
	err := group.Wait()
	for i := range traces {
		trace.Join(&traces[i])
	}
	return answers, err
}

// answerPiece is how much of a long answer is written at once, in bytes.
const answerPiece = 64 << 10

// sendEmbeddings writes the answer as it is made: as text, two thousand vectors are 80 MB.
func sendEmbeddings(c *gin.Context, list *openai.EmbeddingList) error {
	c.Writer.Header()["Content-Type"] = []string{"application/json"}
	control := http.NewResponseController(c.Writer)
	_ = control.SetWriteDeadline(time.Now().Add(answerWriteLimit)) // without one a stuck client holds on; the answer goes out all the same
	c.Writer.WriteHeader(http.StatusOK)
	buf := list.AppendHead(make([]byte, 0, answerPiece+answerPiece/2))
	for i := range list.Vectors {
		buf = list.AppendVector(buf, i)
		if len(buf) < answerPiece {
			continue
		}
		if _, err := c.Writer.Write(buf); err != nil {
			return err
		}
		buf = buf[:0]
	}
	if _, err := c.Writer.Write(list.AppendTail(buf)); err != nil {
		return err
	}
	return control.SetWriteDeadline(time.Time{})
}
