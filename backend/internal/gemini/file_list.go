package gemini

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"time"
)

// ListedFile is an entry of files.list.
type ListedFile struct {
	Name        string    `json:"name"` // "files/abc-123"
	DisplayName string    `json:"displayName"`
	Created     time.Time `json:"createTime"`
}

// maxFilePages bounds the pages of files.list that are read, 100 files each.
const maxFilePages = 200

// Files lists what the key's project holds, a page at a time, until each gives false. It costs no generation quota. The errors are those
// of Generate.
func (c *Client) Files(ctx context.Context, key Secret, each func([]ListedFile) bool) error {
	token := ""
	for range maxFilePages {
		path := "/files?pageSize=100"
		if token != "" {
			path += "&pageToken=" + url.QueryEscape(token)
		}
		data, err := c.get(ctx, key, path)
		if err != nil {
			return err
		}
		var page struct {
			Files         []ListedFile `json:"files"`
			NextPageToken string       `json:"nextPageToken"`
		}
		if err := json.Unmarshal(data, &page); err != nil {
			return fmt.Errorf("%w: list of files: %w", ErrMalformed, err)
		}
		if !each(page.Files) || page.NextPageToken == "" {
			return nil
		}
		token = page.NextPageToken
	}
	return nil
}
