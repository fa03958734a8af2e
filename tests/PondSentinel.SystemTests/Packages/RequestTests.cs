using PondSentinel.SystemTests.Processes;
using PondSentinel.Tests.Repository;

namespace PondSentinel.SystemTests.Packages;

/// <summary><c>deploy/systemd/serve-request</c>: what root does for a gateway that may do nothing itself.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed class RequestTests
{
    private readonly string root = TestFolder.Create();

    public RequestTests()
    {
        Directory.CreateDirectory(Inside("run/pondsentinel/requests"));
        Directory.CreateDirectory(Inside("etc/pondsentinel/hooks"));
        Hook("restart-modem", "echo modem >>\"$POND_ROOT/done\"");
        Hook("reboot", "echo reboot >>\"$POND_ROOT/done\"");
    }

    private string Done => File.Exists(Inside("done")) ? File.ReadAllText(Inside("done")) : "";

    [Fact]
    public async Task Request_is_served_once_and_its_file_is_gone_before()
    {
        Hook("restart-modem", "ls \"$POND_ROOT/run/pondsentinel/requests\" >>\"$POND_ROOT/done\"; echo modem >>\"$POND_ROOT/done\"");
        Ask("restart-modem");

        Assert.Equal((0, "serve-request: restart-modem\n"), await ServeAsync("restart-modem"));
        Assert.Equal("modem\n", Done);
    }

    [Fact]
    public async Task What_is_asked_for_all_the_time_is_done_no_more_often_than_it_may_be_and_the_file_goes_all_the_same()
    {
        for (var i = 0; i < 3; i++)
        {
            Ask("restart-modem");
            Assert.Equal(0, (await ServeAsync("restart-modem")).Code);
            Assert.Empty(Directory.GetFileSystemEntries(Inside("run/pondsentinel/requests")));
        }

        Assert.Equal("modem\n", Done);

        // Each has a limit of its own: half an hour, and six hours.
        Ask("reboot");
        await ServeAsync("reboot");
        Assert.Equal("modem\nreboot\n", Done);
        LastDone("restart-modem", TimeSpan.FromMinutes(-31));
        LastDone("reboot", TimeSpan.FromMinutes(-31));
        await ServeAsync("restart-modem");
        await ServeAsync("reboot");
        Assert.Equal("modem\nreboot\nmodem\n", Done);
        LastDone("reboot", TimeSpan.FromHours(-7));
        await ServeAsync("reboot");
        Assert.Equal("modem\nreboot\nmodem\nreboot\n", Done);
    }

    [Fact]
    public async Task Clock_that_was_ahead_costs_one_interval_and_not_all_requests_until_then()
    {
        await ServeAsync("restart-modem");
        LastDone("restart-modem", TimeSpan.FromDays(3650));

        Assert.Contains("refused", (await ServeAsync("restart-modem")).Said, StringComparison.Ordinal);
        LastDone("restart-modem", TimeSpan.FromMinutes(-31), since: File.GetLastWriteTimeUtc(Stamp("restart-modem")));
        await ServeAsync("restart-modem");
        Assert.Equal("modem\nmodem\n", Done);
    }

    [Fact]
    public async Task Folder_or_link_in_the_place_of_the_request_goes_and_what_it_leads_to_stays()
    {
        File.WriteAllText(Inside("precious"), "");
        Directory.CreateDirectory(Inside("run/pondsentinel/requests/restart-modem/deep"));
        File.CreateSymbolicLink(Inside("run/pondsentinel/requests/restart-modem/deep/link"), Inside("precious"));
        File.CreateSymbolicLink(Inside("run/pondsentinel/requests/reboot"), Inside("etc"));
        await ServeAsync("restart-modem");
        await ServeAsync("reboot");

        Assert.Empty(Directory.GetFileSystemEntries(Inside("run/pondsentinel/requests")));
        Assert.True(File.Exists(Inside("precious")));
        Assert.True(Directory.Exists(Inside("etc/pondsentinel/hooks")));
    }

    [Theory]
    [InlineData("../../etc/passwd")]
    [InlineData("-rf")]
    [InlineData("a b")]
    public async Task Name_that_is_none_is_refused(string name) => Assert.Equal(2, (await ServeAsync(name)).Code);

    [Fact]
    public async Task Request_that_nobody_has_said_what_to_do_for_is_an_error_that_names_the_place()
    {
        var (code, said) = await ServeAsync("sing");

        Assert.Equal(1, code);
        Assert.Contains("etc/pondsentinel/hooks/sing is not there", said, StringComparison.Ordinal);
    }

    private string Inside(string path) => Path.Combine(root, path);

    private string Stamp(string name) => Inside($"var/lib/pondsentinel-requests/{name}");

    private void Ask(string name) => File.WriteAllText(Inside($"run/pondsentinel/requests/{name}"), "");

    private void LastDone(string name, TimeSpan ago, DateTime? since = null) =>
        File.SetLastWriteTimeUtc(Stamp(name), (since ?? TimeProvider.System.GetUtcNow().UtcDateTime) + ago);

    private void Hook(string name, string what)
    {
        var file = Inside($"etc/pondsentinel/hooks/{name}");
        File.WriteAllText(file, $"#!/bin/sh\n{what}\n");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private async Task<(int Code, string Said)> ServeAsync(string name)
    {
        var (code, output, error) = await Command.TryAsync(
            "env", $"POND_ROOT={root}", Checkout.Absolute("deploy/systemd/serve-request"), name);
        return (code, output + error);
    }
}
