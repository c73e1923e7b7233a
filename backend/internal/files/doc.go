// Package files keeps what users upload and lets every Gemini key use it. Google gives a file to the project that uploaded it and to no
// other; here a file is ours, with its bytes in the database, and each project gets a copy when one of its keys needs it.
//
// # Uploading
//
// Create takes a whole file from a reader. An upload that comes in several requests is begun with Begin, which gives a token, goes on with
// Append (each MiB is kept as it comes, so that a restart loses nothing that was acknowledged) and ends with Finalize; Upload tells how far it
// is, Cancel gives it up. What an upload leaves when it is cut off is deleted: at once by Create, by the sweep otherwise.
//
// A file's type is told by its bytes, never by its name or by what the client says. What Gemini does not read is turned into what it
// does (Office documents into text, a GIF into its first picture) or refused.
//
// # Using
//
// A request to Gemini that names files is written once, as a jsonio.Body with a hole for each: jsonio.Body.Hole takes the File's ID and stands
// where a part's "inlineData" or "fileData" member goes. For an OpenAI request gemini.FileData.Held does that; a native request is cut
// around the members it names our files by. When a key has been leased, Bind fills the holes for it: with the bytes themselves, read from
// the database while the request is being sent, or with the URI of the project's copy, which is made when there is none.
//
// Errors are faults, in words for the client.
package files
