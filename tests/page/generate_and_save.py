"""From a prompt to a file of one's own, in one function."""

from pathlib import Path

from llmkit_jupyter import LLMKitClient, VideoGenerationRequest


def generate_and_save_video(prompt: str, output_file: str) -> Path:
    client = LLMKitClient.from_env()
    request = (
        VideoGenerationRequest(prompt)
        .with_model("runway-gen-4")
        .with_duration(1)
        .with_width(320)
        .with_height(180)
    )
    response = client.generate_video(request)

    # Never writes over a file that is there, and never leaves half a video.
    return response.save(output_file)


def main() -> None:
    path = generate_and_save_video("A cat playing with yarn", "cat_video.mp4")
    print(f"\u2713 Video saved to {path}")


if __name__ == "__main__":
    main()
