"""The video's data, first way: download it from its address."""

from pathlib import Path

import requests

from llmkit_jupyter import LLMKitClient, VideoGenerationRequest


def main() -> None:
    client = LLMKitClient.from_env()
    request = VideoGenerationRequest("A waterfall in spring", duration=1, width=320, height=180)
    response = client.generate_video(request)

    if response.video_url:
        download = requests.get(response.video_url, timeout=60)
        download.raise_for_status()
        with Path("video.mp4").open("xb") as file:
            file.write(download.content)
        print(f"{len(download.content)} bytes in video.mp4")


if __name__ == "__main__":
    main()
