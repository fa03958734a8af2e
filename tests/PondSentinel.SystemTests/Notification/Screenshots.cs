using MimeKit;
using PondSentinel.SystemTests.Servers;

namespace PondSentinel.SystemTests.Notification;

/// <summary>Mails as a browser shows them.</summary>
internal static class Screenshots
{
    private static readonly TimeSpan ShownWithin = TimeSpan.FromSeconds(60);

    /// <summary>Shows a mail and takes a picture of it: <c>mail.png</c> in the folder. Its own picture has to be there.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="mail">The mail.</param>
    public static async Task OfAsync(string folder, MimeMessage mail)
    {
        var html = mail.HtmlBody!;
        foreach (var image in mail.BodyParts.OfType<MimePart>().Where(part => part.ContentId is not null && part.Content is not null))
        {
            using var content = new MemoryStream();
            await image.Content!.DecodeToAsync(content, TestContext.Current.CancellationToken);
            html = html.Replace($"cid:{image.ContentId}", $"data:image/png;base64,{Convert.ToBase64String(content.ToArray())}", StringComparison.Ordinal);
        }

        var page = Path.Combine(folder, "mail.html");
        await File.WriteAllTextAsync(page, $"<!DOCTYPE html>{html}", TestContext.Current.CancellationToken);
        await using var browser = await Chromium.StartAsync(folder);
        await browser.ResizeAsync(720, 1_240);
        await browser.OpenAsync(new Uri($"file://{page}"));
        await browser.ShowsAsync("document.images.length === 1 && document.images[0].complete && document.images[0].naturalWidth === 640", ShownWithin);
        await browser.ScreenshotAsync(Path.Combine(folder, "mail.png"));
    }
}
