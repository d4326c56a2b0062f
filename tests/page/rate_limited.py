"""Several videos one after the other, at a pace that a provider likes."""

import time

from llmkit_jupyter import LLMKitClient, VideoGenerationRequest

PROMPTS = ["A sunrise over the sea", "Noon in the desert", "A starry night over a lake"]
PAUSE = 0.1  # seconds; 10 is right for a provider on the network


def main() -> None:
    client = LLMKitClient.from_env()
    for number, prompt in enumerate(PROMPTS):
        if number:
            time.sleep(PAUSE)
        request = VideoGenerationRequest(prompt, duration=1, width=320, height=180)
        response = client.generate_video(request)
        print(f"{prompt}: {response.status}")


if __name__ == "__main__":
    main()
