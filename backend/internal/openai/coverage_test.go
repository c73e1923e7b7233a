package openai_test

import (
	"path/filepath"
	"testing"
)

// TestEveryRowHasACase: each thing that a request can ask for and an answer can say has a golden case of its own, by the beginning of its folder's
// name. What Google's and OpenAI's APIs come to know is added here first.
func TestEveryRowHasACase(t *testing.T) {
	rows := map[string][]string{
		"request.openai.json": {
			"message_system_and_developer_become", "message_system_alone", "message_system_goes_before_the_user", "message_system_in_the_middle", // system, developer
			"message_plain_text", "message_same_role_turns_are_merged", "message_parts_as_plain_strings", // user
			"message_assistant_prefill", "message_assistant_refusal_is", "message_assistant_audio", "message_assistant_text_signature", "message_reasoning_content", // assistant
			"message_nulls_count_as_absent",
			"tool_steps_one_after_the_other", "tool_call_text_and_call", "tool_call_arguments_empty", "tool_call_ids_used_again", // calls
			"tool_results_are_put_in_call_order", "tool_result_late", "tool_result_missing_is_made_up", "tool_result_kinds_of_json", "tool_result_in_parts", // results
			"tool_result_with_an_image_on_gemini_3", "tool_result_with_an_image_on_gemini_2_5",
			"tool_signature_carried", "tool_signature_kept", "tool_signature_lost_is_skipped", "tool_signature_lost_is_left_out", // signatures
			"image_data_url", "image_link_that_was_fetched", "image_link_left_for_gemini", "image_data_url_detail", "image_detail_is_dropped", "image_gif", // images
			"image_seed_form_file_data", "image_seed_form_file_uri", "image_seed_form_inline_data", "image_of_the_assistant", "image_input_image",
			"audio_input_wav_and_mp3", "audio_input_pcm16", "audio_url", "video_url", "video_input_video", "video_youtube", // sound and film
			"file_data_url", "file_data_plain", "file_id_of_openai_form", "file_id_beside_type", "file_url", "file_json_is_read", // files
			"sampling_max_completion_tokens_wins", "sampling_all_on_gemini_2_0", "sampling_is_dropped", "sampling_stop_list", "sampling_n_on_gemini_3", // sampling
			"sampling_penalties_and_n", "sampling_seed_of_64_bits", "sampling_nulls", "sampling_service_tier_flex", "sampling_service_tier_auto", "sampling_service_tier_fast",
			"logprobs_of_tokens", "ignored_fields",
			"format_modalities_audio_wav", "format_modalities_audio_pcm16", "format_modalities_image", "format_text", "format_json_object", "format_json_schema", // form
			"format_json_schema_with_tools", "format_json_schema_without_a_schema", "format_json_schema_description",
			"tools_choice_none", "tools_choice_auto", "tools_choice_required", "tools_choice_function", "tools_choice_allowed_auto", "tools_choice_allowed_required", // tools
			"tools_choice_absent", "tools_strict_is_validated", "tools_names_are_made_fit", "tools_of_google", "tools_search_suffix", "tools_web_search_options",
			"legacy_function_call_by_name", "legacy_function_call_in_history", "legacy_function_call_none",
			"reasoning_none_on_2_5_flash_is_off", "reasoning_none_on_2_5_pro", "reasoning_none_on_3_5", "reasoning_minimal_on_2_5_flash_lite", "reasoning_minimal_on_3_8", // thinking
			"reasoning_low_on_an_unknown", "reasoning_low_on_gemma", "reasoning_medium_on_2_5", "reasoning_medium_on_3_pro", "reasoning_high_on_2_0", "reasoning_xhigh",
			"reasoning_max_on_2_5_pro", "reasoning_max_on_neon", "reasoning_thinking_config_budget_on_2_5", "reasoning_thinking_config_budget_is_clamped",
			"reasoning_thinking_config_budget_becomes", "reasoning_thinking_config_level", "reasoning_google_extension", "reasoning_thoughts_asked_for",
			"schema_const", "schema_references_are_put_in", "schema_reference_that_comes_back", "schema_unions", "schema_types_in_upper_case", "schema_enum", // schemas
			"schema_properties_named_like_keywords", "schema_all_of", "schema_property_order", "schema_tuples", "schema_draft_keywords", "schema_parameters_empty",
		},
		"reply.*": { // whole or in a stream
			"reply_thoughts_apart", "reply_tool_call_alone", "reply_tool_calls_in_parallel", "reply_tool_calls_cut_to_one", "reply_text_before_a_tool_call",
			"reply_several_choices", "reply_signature", "format_modalities_image", "format_modalities_audio_wav", "citations_of_the_web", "citations_of_the_whole_answer",
			"citations_of_recited_text", "logprobs_of_tokens", "code_execution", "sampling_service_tier_flex", "usage_with_every_detail", "usage_tokens_in_the_total",
			"tools_names_are_made_fit", "legacy_function_call_by_name", "blocked_prompt", "blocked_answer", "empty_max_tokens", "finish_max_tokens", "finish_continuation",
			"finish_safety", "finish_recitation", "finish_image_safety", "finish_language", "finish_malformed_call", "finish_unknown", "finish_length_with_a_call",
		},
		"stream.*": {
			"reply_thoughts_apart", "reply_tool_calls_in_parallel", "reply_several_choices", "reply_signature", "finish_call_outweighs", "format_modalities_audio_pcm16",
			"format_modalities_image", "usage_with_every_detail", "blocked_prompt", "citations_of_the_web", "logprobs_of_tokens", "legacy_function_call_by_name",
		},
	}
	for file, beginnings := range rows {
		for _, beginning := range beginnings {
			if found, err := filepath.Glob(filepath.Join("testdata", beginning+"*", file)); err != nil || len(found) == 0 {
				t.Errorf("no case %s… has a %s", beginning, file)
			}
		}
	}
}
