"""The quick start: a prompt becomes a video."""

from llmkit_jupyter import LLMKitClient, VideoGenerationRequest


def main() -> None:
    client = LLMKitClient.from_env()

    request = VideoGenerationRequest("A serene landscape with mountains")
    response = client.generate_video(request)

    print(f"Video URL: {response.video_url}")
    print(f"Task ID: {response.task_id}")
    print(f"Status: {response.status}")


if __name__ == "__main__":
    main()
