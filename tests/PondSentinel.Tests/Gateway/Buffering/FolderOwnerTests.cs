using System.Diagnostics;
using PondSentinel.Gateway.Buffering;

namespace PondSentinel.Tests.Gateway.Buffering;

public sealed class FolderOwnerTests : IDisposable
{
    // nobody, on all machines that have the user.
    private const string Nobody = "65534:65534";

    private readonly string folder = Directory.CreateTempSubdirectory("pond-owner-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task What_root_makes_is_of_who_has_the_folder()
    {
        // Only root gives files away: to everybody else the folder is their own.
        if (Environment.IsPrivilegedProcess)
        {
            await ToolAsync("chown", Nobody, folder);
        }

        var owner = await ToolAsync("stat", "-c", "%u:%g", folder);
        var made = Path.Combine(folder, "made");

        LinuxCard.At(made).Create("record", 10).Dispose();

        Assert.Equal(owner, await ToolAsync("stat", "-c", "%u:%g", made));
        Assert.Equal(owner, await ToolAsync("stat", "-c", "%u:%g", Path.Combine(made, "record")));
    }

    [Fact]
    public void Who_makes_something_in_a_folder_of_their_own_keeps_it()
    {
        var card = LinuxCard.At(Path.Combine(folder, "made"));
        card.Create("record", 10).Dispose();

        using var file = card.OpenToRead("record");
        Assert.Equal(10, file.Length);
    }

    private static async Task<string> ToolAsync(string name, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(name, arguments) { RedirectStandardOutput = true })!;
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, process.ExitCode);
        return output.Trim();
    }
}
