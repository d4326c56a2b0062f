"""Everything that a response tells."""

from llmkit_jupyter import LLMKitClient, VideoGenerationRequest


def main() -> None:
    client = LLMKitClient.from_env()
    request = VideoGenerationRequest("A lighthouse at dusk", duration=2, width=320, height=180)
    response = client.generate_video(request)

    print(f"Video URL: {response.video_url}")
    print(f"Format: {response.format}")
    print(f"Duration: {response.duration}s")
    print(f"Resolution: {response.width}x{response.height}")
    print(f"File size: {response.size} bytes")
    print(f"Task ID: {response.task_id}")
    print(f"Status: {response.status}")


if __name__ == "__main__":
    main()
