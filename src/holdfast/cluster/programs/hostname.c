/* Answers every HTTP request on port 4000 with the name of its host, which is the pod's.
 *
 * A process for each connection, for a second at most: who connects and says nothing keeps nobody
 * waiting. */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PORT = 4000, BACKLOG = 128, LONGEST_SECONDS = 1 };

static void leave(int number)
{
    (void)number;
    _exit(0);
}

static void answer(int connection)
{
    char request[4096], name[256] = "", reply[512];
    signal(SIGALRM, leave);
    alarm(LONGEST_SECONDS);
    if (read(connection, request, sizeof request) <= 0)
        return;
    gethostname(name, sizeof name - 1);
    int length = snprintf(reply, sizeof reply,
                          "HTTP/1.1 200 OK\r\n"
                          "Content-Type: text/plain\r\n"
                          "Content-Length: %zu\r\n"
                          "Connection: close\r\n"
                          "\r\n"
                          "%s\n",
                          strlen(name) + 1, name);
    if (write(connection, reply, (size_t)length) != length)
        return;
    /* The client ends first, or time does: an early close could take the reply back. */
    shutdown(connection, SHUT_WR);
    while (read(connection, request, sizeof request) > 0)
        ;
}

int main(void)
{
    const int on = 1;
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(PORT)};
    int door = socket(AF_INET, SOCK_STREAM, 0);

    signal(SIGTERM, leave);
    signal(SIGCHLD, SIG_IGN); /* children are not waited for */
    setsockopt(door, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(door, (struct sockaddr *)&here, sizeof here) || listen(door, BACKLOG)) {
        perror("hostname");
        return 1;
    }
    for (;;) {
        int connection = accept(door, 0, 0);
        if (connection < 0)
            continue;
        if (fork() == 0) {
            close(door);
            answer(connection);
            _exit(0);
        }
        close(connection);
    }
}
