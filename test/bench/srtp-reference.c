/* Packets a second of libsrtp2 on one thread: protect and unprotect, 172-octet RTP, for the suite named. */
#include <srtp2/srtp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LENGTH = 172, ROOM = 256 };

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec + now.tv_nsec * 1e-9;
}

static void header(unsigned char *packet, unsigned sequence) {
  static const unsigned char start[] = {0x80, 0, 0, 0, 0, 0, 0, 0, 0xca, 0xfe, 0xba, 0xbe};
  memcpy(packet, start, sizeof start);
  packet[2] = sequence >> 8;
  packet[3] = sequence;
}

int main(int count, char **arguments) {
  if (count != 3) return 2;
  int packets = atoi(arguments[2]);
  unsigned char key[46];
  for (int index = 0; index < (int)sizeof key; index++) key[index] = index;
  srtp_policy_t policy;
  memset(&policy, 0, sizeof policy);
  if (strcmp(arguments[1], "AES_CM_128_HMAC_SHA1_80") == 0) srtp_crypto_policy_set_rtp_default(&policy.rtp);
  else if (strcmp(arguments[1], "AEAD_AES_128_GCM") == 0) srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtp);
  else return 2;
  policy.rtcp = policy.rtp;
  policy.key = key;
  policy.window_size = 128;
  srtp_t sender, receiver;
  srtp_init();
  policy.ssrc.type = ssrc_any_outbound;
  if (srtp_create(&sender, &policy) != srtp_err_status_ok) return 1;
  policy.ssrc.type = ssrc_any_inbound;
  if (srtp_create(&receiver, &policy) != srtp_err_status_ok) return 1;
  unsigned char *all = malloc((size_t)packets * ROOM);
  int *lengths = malloc(packets * sizeof *lengths);
  memset(all, 0x55, (size_t)packets * ROOM);
  double begin = seconds();
  for (int index = 0; index < packets; index++) {
    unsigned char *packet = all + (size_t)index * ROOM;
    header(packet, index);
    lengths[index] = LENGTH;
    if (srtp_protect(sender, packet, &lengths[index]) != srtp_err_status_ok) return 1;
  }
  double middle = seconds();
  for (int index = 0; index < packets; index++)
    if (srtp_unprotect(receiver, all + (size_t)index * ROOM, &lengths[index]) != srtp_err_status_ok) return 1;
  double end = seconds();
  printf("%s %.0f %.0f\n", srtp_get_version_string(), packets / (middle - begin), packets / (end - middle));
  return 0;
}
