using PondSentinel.SystemTests.Processes;
using PondSentinel.Tests.Repository;

namespace PondSentinel.SystemTests.Native;

/// <summary>The gateway as the one native file that a Pi runs, here for the machine at hand.</summary>
public sealed class NativeGatewayTests
{
    private static readonly TimeSpan PublishWithin = TimeSpan.FromMinutes(8);

    [Fact]
    public async Task Gateway_is_published_as_native_code_without_a_warning_and_checks_the_sample()
    {
        var folder = TestFolder.Create();
        await using var publish = RunningProcess.Start(
            "publish", folder, "/bin/sh", Checkout.Absolute("tests/rigs/publish-aot.sh"), Path.Combine(folder, "native"));
        await publish.WaitForExitAsync(PublishWithin);

        Assert.True(publish.ExitCode == 0, publish.Tail);
        Assert.False(publish.Said("warning IL"), publish.Tail);
        Assert.True(publish.Said("deploy/gateway.sample.toml: good"), publish.Tail);
    }
}
