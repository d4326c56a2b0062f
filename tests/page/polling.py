"""Start a video, do something else, and look now and then whether it is there."""

import time

from llmkit_jupyter import LLMKitClient, VideoGenerationRequest

MAX_WAIT = 300  # seconds
PAUSE = 0.05  # seconds; 5 is right for a provider on the network


def main() -> None:
    client = LLMKitClient.from_env()
    request = VideoGenerationRequest("Waves at the beach", duration=2, width=320, height=180)
    response = client.generate_video(request, wait=False)

    # All that is needed to come back later, from another process as well.
    task_id = response.task_id

    start_time = time.time()
    while response.status == "processing" and time.time() - start_time < MAX_WAIT:
        print(f"Status: {response.status}, waiting...")
        time.sleep(PAUSE)
        response = client.poll_video(task_id)

    if response.status == "completed":
        print(f"Video ready: {response.video_url}")
    elif response.status == "failed":
        print(f"Video generation failed: {response.error}")
    else:
        print(f"Not ready yet; ask again for {task_id}")


if __name__ == "__main__":
    main()
