"""The video's data, second way: its bytes are here already."""

from pathlib import Path

from llmkit_jupyter import LLMKitClient, VideoGenerationRequest


def main() -> None:
    client = LLMKitClient.from_env()
    request = VideoGenerationRequest("A comet over hills", duration=1, width=320, height=180)
    response = client.generate_video(request)

    if response.video_bytes:
        with Path("video.mp4").open("xb") as file:
            file.write(response.video_bytes)
        print(f"{response.size} bytes in video.mp4")


if __name__ == "__main__":
    main()
