"""What can go wrong says so, with what to do about it."""

from llmkit_jupyter import LLMKitClient, LLMKitError, ModelNotFoundError, VideoGenerationRequest


def main() -> None:
    client = LLMKitClient.from_env()
    request = VideoGenerationRequest("Snow in a forest", duration=1, width=320, height=180)

    # Some errors deserve an answer of their own ...
    try:
        response = client.generate_video(request.with_model("runway-gen-40"))
    except ModelNotFoundError as error:
        print(f"Video generation failed: {error}")
        response = client.generate_video(request.with_model("runway-gen-4"))
    print(f"Status: {response.status}")

    # ... and one class catches them all.
    try:
        client.generate_video(request.with_duration(31))
    except LLMKitError as error:
        print(f"Video generation failed: {error}")


if __name__ == "__main__":
    main()
