"""The builder: each method gives a new request, so that a draft can be varied."""

from llmkit_jupyter import LLMKitClient, VideoGenerationRequest


def main() -> None:
    client = LLMKitClient.from_env()

    draft = VideoGenerationRequest("A person dancing").with_model("runway-gen-4")
    request = draft.with_duration(1).with_width(320).with_height(180)
    print(f"Draft: {draft}")
    print(f"Request: {request}")

    response = client.generate_video(request)
    print(f"Video: {response.width}x{response.height}, {response.duration} s")


if __name__ == "__main__":
    main()
