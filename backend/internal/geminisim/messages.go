package geminisim

// messages describes the request messages of the API: field name in camelCase → type. A type is a scalar in lower
// case, "enum:Name", the name of another message, "[]T" (repeated) or "{}T" (a map). "value" is any JSON and "struct"
// any JSON object: inside those nothing is checked. Source: the field lists in google.golang.org/genai v1.77.0 for the
// Gemini API (not Vertex), so Vertex-only fields are unknown here.
func messages() map[string]map[string]string {
	return map[string]map[string]string{
		"GenerateContentRequest": {
			"model": "string", "contents": "[]Content", "systemInstruction": "Content", "tools": "[]Tool",
			"toolConfig": "ToolConfig", "safetySettings": "[]SafetySetting", "generationConfig": "GenerationConfig",
			"cachedContent": "string", "labels": "{}string", "serviceTier": "enum:ServiceTier", "store": "bool",
			"continuationToken": "bytes",
		},
		"Content": {"role": "string", "parts": "[]Part"},
		"Part": {
			"text": "string", "inlineData": "Blob", "fileData": "FileData", "functionCall": "FunctionCall",
			"functionResponse": "FunctionResponse", "executableCode": "ExecutableCode",
			"codeExecutionResult": "CodeExecutionResult", "toolCall": "struct", "toolResponse": "struct",
			"thought": "bool", "thoughtSignature": "bytes", "videoMetadata": "VideoMetadata",
			"mediaResolution": "PartMediaResolution", "partMetadata": "struct", "audioTranscription": "value",
			"mediaProcessing": "value", "speechMetadata": "value",
		},
		"Blob":     {"mimeType": "string", "data": "bytes"},
		"FileData": {"mimeType": "string", "fileUri": "string"},
		"FunctionCall": {
			"id": "string", "name": "string", "args": "struct",
		},
		"FunctionResponse": {
			"id": "string", "name": "string", "response": "struct", "parts": "[]FunctionResponsePart",
			"willContinue": "bool", "scheduling": "enum:Scheduling",
		},
		"FunctionResponsePart": {"inlineData": "Blob", "fileData": "FileData"},
		"ExecutableCode":       {"id": "string", "language": "string", "code": "string"},
		"CodeExecutionResult":  {"id": "string", "outcome": "string", "output": "string"},
		"VideoMetadata":        {"startOffset": "duration", "endOffset": "duration", "fps": "double"},
		"PartMediaResolution":  {"level": "enum:MediaResolution", "numTokens": "int32"},
		"Tool": {
			"functionDeclarations": "[]FunctionDeclaration", "googleSearch": "GoogleSearch",
			"googleSearchRetrieval": "GoogleSearchRetrieval", "urlContext": "Empty", "codeExecution": "Empty",
			"googleMaps": "GoogleMaps", "fileSearch": "FileSearch", "computerUse": "ComputerUse", "mcpServers": "value",
		},
		"Empty":                 {},
		"GoogleSearch":          {"timeRangeFilter": "Interval", "searchTypes": "value"},
		"Interval":              {"startTime": "string", "endTime": "string"},
		"GoogleSearchRetrieval": {"dynamicRetrievalConfig": "DynamicRetrieval"},
		"DynamicRetrieval":      {"mode": "string", "dynamicThreshold": "double"},
		"GoogleMaps":            {"enableWidget": "bool"},
		"FileSearch":            {"fileSearchStoreNames": "[]string", "topK": "int32", "metadataFilter": "string"},
		"ComputerUse":           {"environment": "string", "excludedPredefinedFunctions": "[]string"},
		"FunctionDeclaration": {
			"name": "string", "description": "string", "parameters": "Schema", "parametersJsonSchema": "value",
			"response": "Schema", "responseJsonSchema": "value", "behavior": "enum:Behavior",
		},
		"Schema": {
			"type": "enum:Type", "format": "string", "title": "string", "description": "string", "nullable": "bool",
			"default": "value", "enum": "[]string", "items": "Schema", "minItems": "int64", "maxItems": "int64",
			"properties": "{}Schema", "required": "[]string", "minProperties": "int64", "maxProperties": "int64",
			"minLength": "int64", "maxLength": "int64", "pattern": "string", "minimum": "double", "maximum": "double",
			"anyOf": "[]Schema", "example": "value", "propertyOrdering": "[]string",
		},
		"ToolConfig": {
			"functionCallingConfig": "FunctionCallingConfig", "retrievalConfig": "RetrievalConfig",
			"includeServerSideToolInvocations": "bool",
		},
		"FunctionCallingConfig": {"mode": "enum:Mode", "allowedFunctionNames": "[]string"},
		"RetrievalConfig":       {"latLng": "LatLng", "languageCode": "string"},
		"LatLng":                {"latitude": "double", "longitude": "double"},
		"SafetySetting":         {"category": "enum:HarmCategory", "threshold": "enum:HarmBlockThreshold"},
		"GenerationConfig": {
			"temperature": "float", "topP": "float", "topK": "float", "candidateCount": "int32",
			"maxOutputTokens": "int32", "stopSequences": "[]string", "responseLogprobs": "bool", "logprobs": "int32",
			"presencePenalty": "float", "frequencyPenalty": "float", "seed": "int32", "responseMimeType": "string",
			"responseSchema": "Schema", "responseJsonSchema": "value", "responseFormat": "[]ResponseFormat",
			"responseModalities": "[]enum:Modality", "mediaResolution": "enum:MediaResolution",
			"speechConfig": "SpeechConfig", "thinkingConfig": "ThinkingConfig", "audioTranscriptionConfig": "value",
			"imageConfig": "ImageConfig", "enableEnhancedCivicAnswers": "bool",
		},
		"ResponseFormat": {"text": "TextFormat", "image": "value", "audio": "value", "video": "value"},
		"TextFormat":     {"mimeType": "string", "schema": "value"},
		"SpeechConfig": {
			"voiceConfig": "VoiceConfig", "multiSpeakerVoiceConfig": "MultiSpeakerVoiceConfig", "languageCode": "string",
		},
		"VoiceConfig":             {"prebuiltVoiceConfig": "PrebuiltVoiceConfig"},
		"PrebuiltVoiceConfig":     {"voiceName": "string"},
		"MultiSpeakerVoiceConfig": {"speakerVoiceConfigs": "[]SpeakerVoiceConfig"},
		"SpeakerVoiceConfig":      {"speaker": "string", "voiceConfig": "VoiceConfig"},
		"ThinkingConfig":          {"includeThoughts": "bool", "thinkingBudget": "int32", "thinkingLevel": "enum:ThinkingLevel"},
		"ImageConfig":             {"aspectRatio": "string", "imageSize": "string", "personGeneration": "string"},

		"CountTokensRequest": {
			"model": "string", "contents": "[]Content", "generateContentRequest": "GenerateContentRequest",
		},
		"EmbedContentRequest": {
			"model": "string", "content": "Content", "taskType": "enum:TaskType", "title": "string",
			"outputDimensionality": "int32",
		},
		"BatchEmbedContentsRequest": {"requests": "[]EmbedContentRequest"},
		"PredictRequest":            {"instances": "[]value", "parameters": "value"},
		"CachedContent": {
			"name": "string", "model": "string", "contents": "[]Content", "systemInstruction": "Content",
			"tools": "[]Tool", "toolConfig": "ToolConfig", "ttl": "duration", "expireTime": "string",
			"displayName": "string", "createTime": "string", "updateTime": "string", "usageMetadata": "value",
		},
		"BatchRequest": {"batch": "Batch"},
		"Batch": {
			"model": "string", "displayName": "string", "inputConfig": "BatchInput", "priority": "int64", "name": "string", "webhookConfig": "value",
		},
		"BatchInput":        {"requests": "BatchRequests", "fileName": "string"},
		"BatchRequests":     {"requests": "[]BatchItem"},
		"BatchItem":         {"request": "value", "metadata": "struct"},
		"ImportFileRequest": {"fileName": "string", "customMetadata": "value", "chunkingConfig": "value"},
		"FileSearchStore":   {"displayName": "string", "embeddingModel": "string"},
		"CreateFileRequest": {"file": "File"},
		"File": {
			"name": "string", "displayName": "string", "mimeType": "string", "sizeBytes": "int64",
			"createTime": "string", "updateTime": "string", "expirationTime": "string", "sha256Hash": "bytes",
			"uri": "string", "downloadUri": "string", "state": "string", "source": "string", "error": "value",
			"videoMetadata": "value",
		},
	}
}

// enums gives the values of each enum; spelling is compared without regard to case, as Google's parser does.
func enums() map[string][]string {
	return map[string][]string{
		"ServiceTier":     {"unspecified", "standard", "flex", "priority"},
		"Scheduling":      {"SCHEDULING_UNSPECIFIED", "SILENT", "WHEN_IDLE", "INTERRUPT"},
		"MediaResolution": {"MEDIA_RESOLUTION_UNSPECIFIED", "MEDIA_RESOLUTION_LOW", "MEDIA_RESOLUTION_MEDIUM", "MEDIA_RESOLUTION_HIGH", "MEDIA_RESOLUTION_ULTRA_HIGH"},
		"Behavior":        {"UNSPECIFIED", "BLOCKING", "NON_BLOCKING"},
		"Type":            {"TYPE_UNSPECIFIED", "STRING", "NUMBER", "INTEGER", "BOOLEAN", "ARRAY", "OBJECT", "NULL"},
		"Mode":            {"MODE_UNSPECIFIED", "AUTO", "ANY", "NONE", "VALIDATED"},
		"HarmCategory": {"HARM_CATEGORY_UNSPECIFIED", "HARM_CATEGORY_HARASSMENT", "HARM_CATEGORY_HATE_SPEECH",
			"HARM_CATEGORY_SEXUALLY_EXPLICIT", "HARM_CATEGORY_DANGEROUS_CONTENT", "HARM_CATEGORY_CIVIC_INTEGRITY"},
		"HarmBlockThreshold": {"HARM_BLOCK_THRESHOLD_UNSPECIFIED", "BLOCK_LOW_AND_ABOVE", "BLOCK_MEDIUM_AND_ABOVE",
			"BLOCK_ONLY_HIGH", "BLOCK_NONE", "OFF"},
		"Modality":      {"MODALITY_UNSPECIFIED", "TEXT", "IMAGE", "AUDIO", "VIDEO"},
		"ThinkingLevel": {"THINKING_LEVEL_UNSPECIFIED", "MINIMAL", "LOW", "MEDIUM", "HIGH", "XHIGH"},
		"TaskType": {"TASK_TYPE_UNSPECIFIED", "RETRIEVAL_QUERY", "RETRIEVAL_DOCUMENT", "SEMANTIC_SIMILARITY",
			"CLASSIFICATION", "CLUSTERING", "QUESTION_ANSWERING", "FACT_VERIFICATION", "CODE_RETRIEVAL_QUERY"},
	}
}

// enumOwner is the message that Google names before the enum in an error, where it is nested.
func enumOwner(enum string) string {
	switch enum {
	case "Mode":
		return "FunctionCallingConfig."
	case "Modality", "MediaResolution":
		return "GenerationConfig."
	case "ThinkingLevel":
		return "ThinkingConfig."
	case "HarmBlockThreshold":
		return "SafetySetting."
	case "Behavior":
		return "FunctionDeclaration."
	}
	return ""
}
